import type { AccessOrder } from '../../src/domain/access.ts';
import {
  advance,
  learn,
  type Learnt,
  type Move,
  nextMove,
} from '../../src/domain/access-machine.ts';
import { hint, order } from '../../src/domain/access-orders.ts';
import { type AccessState, newState, phaseOf } from '../../src/domain/access-state.ts';
import type { EndReceipt } from '../../src/domain/ending.ts';
import type { SubscriptionEvent } from '../../src/domain/subscription-event.ts';
import type { ListedAccount } from '../../src/domain/user-access.ts';
import { closedPhase } from '../../src/domain/user-phase.ts';

interface Account extends ListedAccount {
  /** Whose hand has made it INACTIVE; `either` when ours and another's cannot be told apart. */
  by: 'us' | 'hand' | 'either' | null;
  /** Somebody has enabled it by hand: it may stay so. */
  stray: boolean;
}

/** Cheaper than an expectation, of which ten thousand stories have millions. */
function must(so: boolean, says: string): void {
  if (!so) throw new Error(`broken: ${says}`);
}

function isPausing(learnt: Learnt, id: string): boolean {
  return learnt.move === 'pause' && learnt.report.paused.includes(id);
}

const userId = 'ada';
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/**
 * A tiny world around the pure decisions: one user, his accounts, his gate, what he has paid, and other
 * hands. Does what the workflow does with each move, and checks at each that it may be done.
 */
export class AccessWorld {
  now = Date.parse('2026-11-21T12:00:00Z');
  state: AccessState = newState({ userId }, this.now);
  accounts = new Map<string, Account>();
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
  everOffboarded = false;
  #made = 0;
  #lastAnswer: boolean | null = null;
  #listedAt = 0;
  #ends: { at: number; canceled: boolean } | null = null;

  connect({ elsewhere }: { elsewhere: boolean }): void {
    if (!elsewhere && closedPhase(this.gate) !== null) return;
    const id = `ca_${++this.#made}`;
    const createdAt = new Date(++this.now).toISOString();
    const facts = { id, authConfigId: 'ac_1', toolkit: 'gmail', createdAt };
    this.accounts.set(id, { ...facts, statusBefore: 'ACTIVE', by: null, stray: false });
  }

  /** Another hand, at the API. */
  hand(n: number, does: 'enable' | 'disable' | 'delete'): void {
    const account = [...this.accounts.values()][n % Math.max(this.accounts.size, 1)];
    if (account === undefined) return;
    if (does === 'delete') this.accounts.delete(account.id);
    if (does === 'disable' && account.statusBefore === 'ACTIVE') {
      const { id } = account;
      const isOwed = this.state.paused.some((row) => row.id === id);
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
    this.hints.push({ id: `evt_${++this.#made}`, type: `subscription.${to}`, userId, occurredAt });
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
    this.moves++;
    this.inFlight = this.#perform(move);
    return move.move;
  }

  finish(): void {
    for (const learnt of this.inFlight ?? []) this.state = learn(this.state, learnt, this.now);
    this.inFlight = null;
  }

  /** Nobody does anything any more, but time passes: answers how many moves it took until all was still. */
  settle(): number {
    const before = this.moves;
    let stillUntil: number | null = null;
    const end = this.now + 5 * dayMs;
    while (this.now < end) {
      if (this.moves - before > 500) throw new Error('it does not come to rest');
      this.state = advance(this.state, this.now);
      const move = nextMove(this.state, this.now);
      if (move.move === 'wait') {
        stillUntil = move.until;
        this.now = Math.min(Math.max(stillUntil ?? end, this.now), end);
        if (stillUntil === null) break;
        continue;
      }
      if (this.begin() === 'close') break;
      this.finish();
      this.now++;
    }
    return this.moves - before;
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
        this.#lastAnswer = this.hookIsUp ? this.isPaid : null;
        return [{ move: 'ask', entitled: this.#lastAnswer, version }];
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
      case 'handOver': {
        const receipts = move.accounts.map(({ id }) => this.#receipt(id));
        return [{ move: 'handOver', accounts: move.accounts, receipts, busy: [] }];
      }
      case 'mentions':
        return [{ move: 'mentions', mentions: [] }];
      case 'wait':
        return [];
      case 'close':
        must(this.state.paused.length === 0, 'a run does not close while something is owed');
        this.state = newState({ userId }, this.now);
        return [];
    }
  }

  #pause(accounts: ListedAccount[]): Learnt {
    must(closedPhase(this.gate) !== null, 'nothing is disabled while the gate is open');
    const { lapse, offboarding } = this.state;
    if (offboarding === null && lapse?.sure === false && this.state.ask === null) {
      must(this.#lastAnswer === false, 'nobody is disabled by a hint alone');
    }
    const report = {
      paused: [] as string[],
      left: [] as string[],
      gone: [] as string[],
      uncertain: [] as string[],
    };
    for (const { id } of accounts) {
      const account = this.accounts.get(id);
      if (account === undefined) report.gone.push(id);
      else if (account.statusBefore !== 'ACTIVE') report.left.push(id);
      else {
        Object.assign(account, { statusBefore: 'INACTIVE', by: 'us', stray: false });
        report.paused.push(id);
      }
    }
    return { move: 'pause', accounts, report };
  }

  #giveBack(accounts: ListedAccount[]): Learnt {
    const report = { given: [] as string[], enabledByHand: [] as string[], gone: [] as string[] };
    for (const { id } of accounts) {
      const account = this.accounts.get(id);
      if (account === undefined) report.gone.push(id);
      else if (account.statusBefore === 'ACTIVE') report.enabledByHand.push(id);
      else {
        must(account.by !== 'hand', 'only what we have disabled is enabled');
        Object.assign(account, { statusBefore: 'ACTIVE', by: null });
        report.given.push(id);
      }
    }
    return { move: 'giveBack', accounts, report: { ...report, dead: [], uncertain: [] } };
  }

  /** Every third account cannot be settled in a batch. */
  #end(batch: ListedAccount[]): Learnt {
    must(this.#ends !== null, 'nothing is ended without an order');
    must(this.now >= (this.#ends?.at ?? Infinity), 'nothing is ended before its time');
    must(this.gate === 'offboarding', 'the gate is closed before anything is ended');
    const left = batch.filter(({ id }) => Number(id.slice(3)) % 3 === 0);
    const receipts = batch.filter((row) => !left.includes(row)).map(({ id }) => this.#receipt(id));
    return { move: 'end', batch, receipts, left };
  }

  #receipt(connectedAccountId: string): EndReceipt {
    const wasThere = this.accounts.delete(connectedAccountId);
    const times = { asked: '', proven: null, ended: '' };
    const unknown = { authConfigId: null, toolkit: null, revokedTokens: [], siblings: [] };
    const by = { reason: 'offboarding' as const, actor: null, note: null, requestIds: [] };
    const proof = wasThere ? ('revoked' as const) : ('gone' as const);
    const rest = { certain: true, statusAfter: null, times };
    return { userId, connectedAccountId, ...unknown, proof, ...rest, ...by };
  }

  #offboarded(): void {
    const left = [...this.accounts.values()].filter(
      ({ createdAt }) => Date.parse(createdAt) <= this.#listedAt,
    );
    must(left.length === 0, 'nothing is left that was there at the last listing');
    const ids = this.state.receipt?.accounts.map(({ connectedAccountId: id }) => id) ?? [];
    must(new Set(ids).size === ids.length, 'one receipt each');
    // The next one may have been ordered before this one was told of.
    if (this.state.offboarding === null) this.#ends = null;
    this.everOffboarded = true;
  }
}
