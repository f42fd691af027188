import type { AccessRequest } from '../../src/domain/access/access.ts';
import {
  applyTime,
  applyResult,
  type StepResult,
  type AccessStep,
  nextAccessStep,
} from '../../src/domain/access/next-step.ts';
import { applyBillingEvent, applyRequest } from '../../src/domain/access/requests.ts';
import { onKeepDisabled, onRestoreLater } from '../../src/domain/access/pause-and-restore.ts';
import { type AccessState, newState, phaseOf } from '../../src/domain/access/state.ts';
import type { DisconnectReceipt } from '../../src/domain/disconnect/disconnect.ts';
import type { SubscriptionEvent } from '../../src/domain/access/subscription-event.ts';
import type { LeftAccount, ListedAccount } from '../../src/domain/access/batches.ts';
import { closedPhase } from '../../src/domain/access/gate.ts';
import { type Account, dayMs, EndingWorld, hourMs, must, userId } from './ending-world.ts';

function isPausing(learnt: StepResult, id: string): boolean {
  return learnt.step === 'pause' && learnt.report.paused.includes(id);
}

/**
 * A disconnect that fails is repeated less often here: if a provider is down for a day, the repeats
 * would be most of the steps. The grace ends within the story, so the hook can be down by then.
 */
const input = { userId, timings: { endAgainMaxMs: hourMs, graceMs: 1_000 } };

/**
 * A small world around the pure decisions: one user, their accounts, their gate, what they have
 * paid, and callers outside Mooring. It does what the workflow does with each step, and checks each
 * time that the step is allowed.
 */
export class AccessWorld extends EndingWorld {
  state: AccessState = newState(input, this.now);
  isPaid = true;
  /** Whether the entitlement hook answers. */
  hookIsUp = true;
  endings = 1;
  gate = 'open';
  moves = 0;
  /** A step whose call was made and whose answer has not arrived. */
  inFlight: StepResult[] | null = null;
  told: string[] = [];
  hints: SubscriptionEvent[] = [];
  /** When the last listing of the last offboarding happened. */
  offboardedAt: number | null = null;
  #events = 0;
  /** The start of the lapse that the hook has confirmed. */
  #deniedLapse: number | null = null;
  #listedAt = 0;
  #ends: { at: number; canceled: boolean } | null = null;

  connect({ elsewhere }: { elsewhere: boolean }): void {
    if (!elsewhere && closedPhase(this.gate) !== null) return;
    this.makeAccount();
  }

  /** A caller outside Mooring writes at the API. */
  hand(n: number, does: 'enable' | 'disable' | 'expire' | 'delete'): void {
    const account = this.nth(n);
    if (account === undefined) return;
    if (does === 'delete') this.accounts.delete(account.id);
    if (does === 'expire' && account.statusBefore === 'ACTIVE') account.statusBefore = 'EXPIRED';
    if (does === 'disable' && account.statusBefore === 'ACTIVE') {
      const { id } = account;
      const isOwed = this.runs.has(id) || this.state.paused.some((row) => row.id === id);
      const mayBeOurs = isOwed || (this.inFlight ?? []).some((learnt) => isPausing(learnt, id));
      Object.assign(account, { statusBefore: 'INACTIVE', by: mayBeOurs ? 'either' : 'hand' });
    }
    if (does === 'enable' && account.statusBefore === 'INACTIVE') {
      Object.assign(account, { statusBefore: 'ACTIVE', by: null, stray: true });
    }
  }

  order(given: Omit<AccessRequest, 'userId'> & { coolingOffMs?: number; graceMs?: number }): void {
    const { state, answer } = applyRequest(
      this.state,
      { userId, ...given } as AccessRequest,
      this.now,
    );
    if (given.request === 'offboard' && answer.outcome === 'started') {
      this.#ends = { at: this.now + (given.coolingOffMs ?? hourMs), canceled: false };
    }
    if (answer.outcome === 'canceled') this.#ends = null;
    if (answer.outcome === 'adjusted' && state.offboarding !== null && this.#ends !== null) {
      this.#ends.at = state.offboarding.due;
    }
    this.state = state;
  }

  /** The backend calls Mooring: its request is true from now on. */
  subscription(to: 'lapse' | 'renew', graceMs = dayMs): void {
    this.isPaid = to === 'renew';
    this.order(to === 'lapse' ? { request: to, graceMs } : { request: to });
  }

  /** Billing: the payment changes now, and its event arrives later, perhaps twice. */
  billing(to: 'lapsed' | 'renewed'): void {
    this.isPaid = to === 'renewed';
    const occurredAt = new Date(++this.now).toISOString();
    this.hints.push({
      id: `evt_${++this.#events}`,
      type: `subscription.${to}`,
      userId,
      occurredAt,
    });
  }

  deliver(n: number, again: boolean): void {
    const [event] = this.hints.slice(n % Math.max(this.hints.length, 1));
    if (event === undefined) return;
    this.state = applyBillingEvent(this.state, event, this.now);
    if (!again) this.hints = this.hints.filter((one) => one !== event);
  }

  pass(ms: number): void {
    this.now += ms;
  }

  /** Makes the call of the next step; `finish` applies the answer. */
  begin(): AccessStep['step'] {
    if (this.inFlight !== null) this.finish();
    this.state = applyTime(this.state, this.now);
    const move = nextAccessStep(this.state, this.now);
    this.gate = phaseOf(this.state);
    this.saw(this.gate);
    this.moves++;
    this.inFlight = this.#perform(move);
    return move.step;
  }

  finish(): void {
    for (const learnt of this.inFlight ?? []) {
      if (learnt.step === 'handOver') this.#waitForRuns(learnt);
      if (learnt.step === 'askBackend') this.#hear(learnt);
      this.state = applyResult(this.state, learnt, this.now);
    }
    this.inFlight = null;
  }

  /** Nobody acts any more, but time passes until nothing changes and each run has closed. */
  settle(): void {
    const most = this.moves + 2_000;
    const end = this.now + 3 * dayMs;
    while (this.now < end) {
      if (this.moves > most) throw new Error('the world still changes after 2,000 steps');
      for (let n = this.runs.size; n > 0; n--) this.goOn(n - 1);
      this.state = applyTime(this.state, this.now);
      const move = nextAccessStep(this.state, this.now);
      const isStill = move.step === 'wait' || move.step === 'close';
      if (!isStill || move.step === 'close') {
        this.begin();
        this.finish();
      }
      const until = move.step === 'wait' ? (move.until ?? end) : end;
      const next = isStill ? Math.min(until, this.nextRunAt, end) : 0;
      this.now = Math.max(next, this.now + 1);
    }
  }

  protected get isBlocked(): boolean {
    return closedPhase(this.gate) !== null;
  }

  protected owe(account: Account): void {
    const { id, authConfigId, toolkit, createdAt } = account;
    const row = { id, authConfigId, toolkit, createdAt, statusBefore: 'ACTIVE' as const };
    this.state = onRestoreLater(this.state, row);
    const isTaken = this.state.paused.some((row) => row.id === id);
    const isOver = this.state.progress !== null || this.state.blocked !== null;
    must(isTaken || isOver, 'an account that an undo leaves disabled is restored later');
    account.by = isTaken ? 'us' : 'kept';
    this.saw(isTaken ? 'left for a restore by an undo' : 'left disabled by an undo');
  }

  protected disown(id: string): void {
    this.state = onKeepDisabled(this.state, id);
    this.saw('kept disabled');
  }

  #perform(move: AccessStep): StepResult[] {
    const { version } = this.state;
    switch (move.step) {
      case 'send':
        if (move.event.type === 'user.offboarded') this.#offboarded();
        this.told.push(move.event.type);
        return [{ step: 'send' }];
      case 'count':
        return [{ step: 'count', count: this.endings, limit: 20, version }];
      case 'askBackend':
        return [{ step: 'askBackend', entitled: this.hookIsUp ? this.isPaid : null, version }];
      case 'list': {
        must(closedPhase(this.gate) !== null, 'the gate is closed before anything is listed');
        this.#listedAt = this.now;
        const rows = [...this.accounts.values()];
        // Pages of three. The listing is a copy: the world changes after it.
        const from = Number(move.cursor ?? 0);
        const accounts = rows.slice(from, from + 3).map((row) => ({ ...row }));
        const next = rows.length > from + 3 ? String(from + 3) : null;
        return [{ step: 'list', accounts, next, version }];
      }
      case 'pause':
        return [this.#pause(move.accounts)];
      case 'restore':
        return [this.#giveBack(move.accounts)];
      case 'cancelConnects':
        return [{ step: 'cancelConnects', attempts: 0 }];
      case 'disconnect':
        return move.batches.map((batch) => this.#end(batch));
      case 'handOver':
        return [this.#handOver(move.accounts)];
      case 'mentions':
        return [{ step: 'mentions', mentions: [] }];
      case 'wait':
        return [];
      case 'close':
        must(this.state.paused.length === 0, 'a run restores before it closes');
        this.state = newState(input, this.now);
        return [];
    }
  }

  /**
   * An answer that is older than the last request does not count. A missing answer is not a denial.
   */
  #hear({ entitled, version }: StepResult & { step: 'askBackend' }): void {
    const { lapse } = this.state;
    if (version !== this.state.version || lapse === null) return;
    if (entitled === false) this.#deniedLapse = lapse.since;
    if (entitled === null && lapse.stage === 'asking') this.saw('hook unanswered');
  }

  #pause(accounts: ListedAccount[]): StepResult {
    must(closedPhase(this.gate) !== null, 'Mooring disables nothing while the gate is open');
    const { lapse, offboarding } = this.state;
    if (offboarding === null && lapse?.isConfirmed === false) {
      must(this.#deniedLapse === lapse.since, 'a billing event alone disables no account');
    }
    const report = {
      paused: [] as string[],
      left: [] as string[],
      gone: [] as string[],
      uncertain: [] as string[],
    };
    const operation = this.newOperation();
    for (const { id } of accounts) {
      const account = this.accounts.get(id);
      if (account === undefined) report.gone.push(id);
      else if (account.statusBefore !== 'ACTIVE' || this.runs.has(id)) report.left.push(id);
      else {
        this.write(account, operation, { statusBefore: 'INACTIVE', by: 'us', stray: false });
        report.paused.push(id);
      }
    }
    return { step: 'pause', accounts, report };
  }

  #giveBack(accounts: ListedAccount[]): StepResult {
    const report = {
      given: [] as string[],
      enabledByOthers: [] as string[],
      dead: [] as { id: string; status: Account['statusBefore'] }[],
      gone: [] as string[],
      uncertain: [] as string[],
    };
    const operation = this.newOperation();
    for (const { id } of accounts) {
      const account = this.accounts.get(id);
      const run = this.runs.get(id);
      const status = account?.statusBefore;
      if (account === undefined) report.gone.push(id);
      else if (status === 'ACTIVE') report.enabledByOthers.push(id);
      else if (status !== 'INACTIVE') report.dead.push({ id, status: account.statusBefore });
      else if (run !== undefined) {
        run.isOwed = true;
        report.uncertain.push(id);
      } else {
        const isOurs = account.by !== null && !['hand', 'kept'].includes(account.by);
        must(isOurs, 'only what Mooring alone has disabled is enabled');
        this.write(account, operation, { statusBefore: 'ACTIVE', by: null });
        report.given.push(id);
        this.saw('restored');
      }
    }
    return { step: 'restore', accounts, report };
  }

  /** Leaves accounts that another run holds or whose provider does not answer yet. */
  #end(batch: LeftAccount[]): StepResult {
    must(this.#ends !== null, 'Mooring disconnects nothing without a request');
    must(this.now >= (this.#ends?.at ?? Infinity), 'Mooring disconnects nothing before its time');
    must(this.gate === 'offboarding', 'the gate closes before any account is disconnected');
    const left: LeftAccount[] = [];
    const receipts: DisconnectReceipt[] = [];
    for (const row of batch) {
      const end = this.runs.has(row.id) ? null : this.endNow(row);
      if (end !== null && 'proof' in end && 'times' in end) receipts.push(end);
      else left.push(end === null ? row : { ...row, memory: end });
    }
    return { step: 'disconnect', batch, receipts, left };
  }

  /** Each account gets its own run. A run that waits for an undo gives its account up. */
  #handOver(accounts: LeftAccount[]): StepResult {
    const busy = accounts.filter(({ id }) => this.runs.has(id));
    for (const { id } of busy) {
      const run = this.runs.get(id);
      if (run !== undefined && run.undoUntil !== null) run.isUndone = true;
    }
    const receipts: DisconnectReceipt[] = [];
    for (const row of accounts) {
      if (!busy.includes(row)) this.startRevoke(row, 'offboarding', receipts);
    }
    this.saw('handed over');
    return { step: 'handOver', accounts, receipts, busy };
  }

  #waitForRuns({ accounts, receipts, busy }: StepResult & { step: 'handOver' }): void {
    while (receipts.length < accounts.length - busy.length) {
      for (let n = this.runs.size; n > 0; n--) this.goOn(n - 1);
      this.now = Math.max(Math.min(this.nextRunAt, this.now + hourMs), this.now + 1);
    }
  }

  #offboarded(): void {
    const kept = new Set(this.state.receipt?.kept);
    const left = [...this.accounts.values()].filter(
      ({ id, createdAt }) => Date.parse(createdAt) <= this.#listedAt && !kept.has(id),
    );
    must(left.length === 0, 'no account of the last listing is left');
    const ids = this.state.receipt?.accounts.map(({ connectedAccountId: id }) => id) ?? [];
    must(new Set(ids).size === ids.length, 'each account has one receipt');
    // A new offboarding may have been requested before this one was reported.
    if (this.state.offboarding === null) this.#ends = null;
    this.offboardedAt = this.#listedAt;
    this.saw('offboarded');
  }
}
