import type { AccessOrder } from '../../src/domain/access/access.ts';
import {
  advance,
  learn,
  type Learnt,
  type Move,
  nextMove,
} from '../../src/domain/access/machine.ts';
import { hint, order } from '../../src/domain/access/requests.ts';
import { disowned, owed } from '../../src/domain/access/pause.ts';
import { type AccessState, newState, phaseOf } from '../../src/domain/access/state.ts';
import type { EndReceipt } from '../../src/domain/disconnect/disconnect.ts';
import type { SubscriptionEvent } from '../../src/domain/access/subscription-event.ts';
import type { LeftAccount, ListedAccount } from '../../src/domain/access/batches.ts';
import { closedPhase } from '../../src/domain/access/gate.ts';
import { type Account, dayMs, EndingWorld, hourMs, must, userId } from './ending-world.ts';

function isPausing(learnt: Learnt, id: string): boolean {
  return learnt.move === 'pause' && learnt.report.paused.includes(id);
}

/**
 * A disconnect that fails is repeated less often here: when a provider is down for a day, the repeats
 * would be most of the moves. Billing's grace ends within the story: the hook can be down by then.
 */
const input = { userId, timings: { endAgainMaxMs: hourMs, graceMs: 1_000 } };

/**
 * A tiny world around the pure decisions: one user, his accounts, his gate, what he has paid, and other
 * hands. Does what the workflow does with each move, and checks at each that it may be done.
 */
export class AccessWorld extends EndingWorld {
  state: AccessState = newState(input, this.now);
  isPaid = true;
  /** What the hook says; null: it is down. */
  hookIsUp = true;
  endings = 1;
  gate = 'open';
  moves = 0;
  /** A move whose call was made, and whose answer is on its way. */
  inFlight: Learnt[] | null = null;
  told: string[] = [];
  hints: SubscriptionEvent[] = [];
  /** When the last listing of the last offboarding was. */
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

  /** Another hand, at the API. */
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

  order(given: Omit<AccessOrder, 'userId'> & { coolingOffMs?: number; graceMs?: number }): void {
    const { state, answer } = order(this.state, { userId, ...given } as AccessOrder, this.now);
    if (given.order === 'offboard' && answer.outcome === 'started') {
      this.#ends = { at: this.now + (given.coolingOffMs ?? hourMs), canceled: false };
    }
    if (answer.outcome === 'canceled') this.#ends = null;
    if (answer.outcome === 'adjusted' && state.offboarding !== null && this.#ends !== null) {
      this.#ends.at = state.offboarding.due;
    }
    this.state = state;
  }

  /** The backend's own call: what it says is so. */
  subscription(to: 'lapse' | 'renew', graceMs = dayMs): void {
    this.isPaid = to === 'renew';
    this.order(to === 'lapse' ? { order: to, graceMs } : { order: to });
  }

  /** Billing's way: what is so changes now, and an event of it comes some time, perhaps twice. */
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
    this.state = hint(this.state, event, this.now);
    if (!again) this.hints = this.hints.filter((one) => one !== event);
  }

  pass(ms: number): void {
    this.now += ms;
  }

  /** Makes the call of the next move; what it answers is learnt by `finish`. */
  begin(): Move['move'] {
    if (this.inFlight !== null) this.finish();
    this.state = advance(this.state, this.now);
    const move = nextMove(this.state, this.now);
    this.gate = phaseOf(this.state);
    this.saw(this.gate);
    this.moves++;
    this.inFlight = this.#perform(move);
    return move.move;
  }

  finish(): void {
    for (const learnt of this.inFlight ?? []) {
      if (learnt.move === 'handOver') this.#waitForRuns(learnt);
      if (learnt.move === 'ask') this.#hear(learnt);
      this.state = learn(this.state, learnt, this.now);
    }
    this.inFlight = null;
  }

  /** Nobody does anything any more, but time passes: until all is still, and each run has ended. */
  settle(): void {
    const most = this.moves + 2_000;
    const end = this.now + 3 * dayMs;
    while (this.now < end) {
      if (this.moves > most) throw new Error('it does not come to rest');
      for (let n = this.runs.size; n > 0; n--) this.goOn(n - 1);
      this.state = advance(this.state, this.now);
      const move = nextMove(this.state, this.now);
      const isStill = move.move === 'wait' || move.move === 'close';
      if (!isStill || move.move === 'close') {
        this.begin();
        this.finish();
      }
      const until = move.move === 'wait' ? (move.until ?? end) : end;
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
    this.state = owed(this.state, row);
    const isTaken = this.state.paused.some((row) => row.id === id);
    const isOver = this.state.ending !== null || this.state.blocked !== null;
    must(isTaken || isOver, 'what an undo leaves disabled is owed');
    account.by = isTaken ? 'us' : 'kept';
    this.saw(isTaken ? 'owed by an undo' : 'left by an undo');
  }

  protected disown(id: string): void {
    this.state = disowned(this.state, id);
    this.saw('disowned');
  }

  #perform(move: Move): Learnt[] {
    const { version } = this.state;
    switch (move.move) {
      case 'tell':
        if (move.event.type === 'user.offboarded') this.#offboarded();
        this.told.push(move.event.type);
        return [{ move: 'tell' }];
      case 'count':
        return [{ move: 'count', count: this.endings, limit: 20, version }];
      case 'ask':
        return [{ move: 'ask', entitled: this.hookIsUp ? this.isPaid : null, version }];
      case 'list': {
        must(closedPhase(this.gate) !== null, 'the gate is closed before anything is listed');
        this.#listedAt = this.now;
        const rows = [...this.accounts.values()];
        // Pages of three, and what is listed is a copy: the world goes on.
        const from = Number(move.cursor ?? 0);
        const accounts = rows.slice(from, from + 3).map((row) => ({ ...row }));
        const next = rows.length > from + 3 ? String(from + 3) : null;
        return [{ move: 'list', accounts, next, version }];
      }
      case 'pause':
        return [this.#pause(move.accounts)];
      case 'giveBack':
        return [this.#giveBack(move.accounts)];
      case 'hurry':
        return [{ move: 'hurry', attempts: 0 }];
      case 'end':
        return move.batches.map((batch) => this.#end(batch));
      case 'handOver':
        return [this.#handOver(move.accounts)];
      case 'mentions':
        return [{ move: 'mentions', mentions: [] }];
      case 'wait':
        return [];
      case 'close':
        must(this.state.paused.length === 0, 'a run does not close while something is owed');
        this.state = newState(input, this.now);
        return [];
    }
  }

  /** An answer that is older than the last request does not count. No answer is not a denial. */
  #hear({ entitled, version }: Learnt & { move: 'ask' }): void {
    const { lapse } = this.state;
    if (version !== this.state.version || lapse === null) return;
    if (entitled === false) this.#deniedLapse = lapse.since;
    if (entitled === null && lapse.stage === 'asking') this.saw('hook unanswered');
  }

  #pause(accounts: ListedAccount[]): Learnt {
    must(closedPhase(this.gate) !== null, 'nothing is disabled while the gate is open');
    const { lapse, offboarding } = this.state;
    if (offboarding === null && lapse?.sure === false) {
      must(this.#deniedLapse === lapse.since, 'nobody is disabled by a hint alone');
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
    return { move: 'pause', accounts, report };
  }

  #giveBack(accounts: ListedAccount[]): Learnt {
    const report = {
      given: [] as string[],
      enabledByHand: [] as string[],
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
      else if (status === 'ACTIVE') report.enabledByHand.push(id);
      else if (status !== 'INACTIVE') report.dead.push({ id, status: account.statusBefore });
      else if (run !== undefined) {
        run.isOwed = true;
        report.uncertain.push(id);
      } else {
        const isOurs = account.by !== null && !['hand', 'kept'].includes(account.by);
        must(isOurs, 'only what we have disabled is enabled, and nobody else wants disabled');
        this.write(account, operation, { statusBefore: 'ACTIVE', by: null });
        report.given.push(id);
        this.saw('given back');
      }
    }
    return { move: 'giveBack', accounts, report };
  }

  /** What another run holds is left, and what waits for its provider. */
  #end(batch: LeftAccount[]): Learnt {
    must(this.#ends !== null, 'nothing is ended without an order');
    must(this.now >= (this.#ends?.at ?? Infinity), 'nothing is ended before its time');
    must(this.gate === 'offboarding', 'the gate is closed before anything is ended');
    const left: LeftAccount[] = [];
    const receipts: EndReceipt[] = [];
    for (const row of batch) {
      const end = this.runs.has(row.id) ? null : this.endNow(row);
      if (end !== null && 'proof' in end && 'times' in end) receipts.push(end);
      else left.push(end === null ? row : { ...row, memory: end });
    }
    return { move: 'end', batch, receipts, left };
  }

  /** Each gets a run of its own; whoever waits for an undo lets go of his. */
  #handOver(accounts: LeftAccount[]): Learnt {
    const busy = accounts.filter(({ id }) => this.runs.has(id));
    for (const { id } of busy) {
      const run = this.runs.get(id);
      if (run !== undefined && run.undoUntil !== null) run.isUndone = true;
    }
    const receipts: EndReceipt[] = [];
    for (const row of accounts) {
      if (!busy.includes(row)) this.startEnd(row, 'offboarding', receipts);
    }
    this.saw('handed over');
    return { move: 'handOver', accounts, receipts, busy };
  }

  #waitForRuns({ accounts, receipts, busy }: Learnt & { move: 'handOver' }): void {
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
    must(left.length === 0, 'nothing is left that was there at the last listing');
    const ids = this.state.receipt?.accounts.map(({ connectedAccountId: id }) => id) ?? [];
    must(new Set(ids).size === ids.length, 'one receipt each');
    // The next one may have been ordered before this one was told of.
    if (this.state.offboarding === null) this.#ends = null;
    this.offboardedAt = this.#listedAt;
    this.saw('offboarded');
  }
}
