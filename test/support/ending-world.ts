import { type DisconnectReceipt } from '../../src/domain/disconnect/disconnect.ts';
import { policyOf } from '../../src/domain/disconnect/policy.ts';
import { type RevocationProof } from '../../src/domain/disconnect/proof.ts';
import { nextStep, readingOf } from '../../src/domain/disconnect/next-step.ts';
import {
  type RevocationProgress,
  newRevocationProgress,
} from '../../src/domain/disconnect/revocation-progress.ts';
import { revocationTimings } from '../../src/domain/timings.ts';
import type { LeftAccount, ListedAccount } from '../../src/domain/access/batches.ts';

/** How the provider of an account reacts to a revocation. */
const providers = ['revokes', 'answer lost', 'no revocation', 'down for an hour', 'down'] as const;

export interface Account extends ListedAccount {
  /**
   * Who made the account INACTIVE. `either`: Mooring or another caller, unknown which. `end`: the
   * disconnect that runs now. `kept`: a disconnect that is over and left the account disabled.
   */
  by: 'us' | 'hand' | 'either' | 'end' | 'kept' | null;
  /** Another caller has enabled the account: it may stay ACTIVE. */
  stray: boolean;
  provider: (typeof providers)[number];
  /** When Mooring first asked the provider to revoke. */
  asked: number | null;
}

/** A run on `account/{id}`: no other run writes to the account at the same time. */
interface EndRun {
  operation: number;
  reason: 'disconnect' | 'offboarding';
  memory: RevocationProgress;
  /** Null when the undo window is over. */
  undoUntil: number | null;
  isUndone: boolean;
  wasActive: boolean;
  isOwed: boolean;
  receipts: DisconnectReceipt[];
}

/** Cheaper than `expect`: ten thousand stories make millions of these checks. */
export function must(so: boolean, says: string): void {
  if (!so) throw new Error(`broken: ${says}`);
}

export const userId = 'ada';
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** For an account that a caller disconnects: it was ACTIVE once, and its siblings do not matter. */
const freshMemory: RevocationProgress = { ...newRevocationProgress, siblings: [], wasActive: true };

/**
 * A user's accounts at the API, their providers, and the runs that disconnect one account each. The
 * world executes every call that `nextStep` asks for. It judges the call by its own facts, not by
 * what the step claims.
 */
export abstract class EndingWorld {
  now = Date.parse('2026-11-21T12:00:00Z');
  accounts = new Map<string, Account>();
  runs = new Map<string, EndRun>();
  /** Which situations happened, and how often. */
  seen: Record<string, number> = {};
  #made = 0;
  #operations = 0;
  /** Who has written to an account, in order: one operation after another. */
  #writers = new Map<string, number[]>();

  /** Whether the user's gate is closed. */
  protected abstract readonly isBlocked: boolean;
  /** Has the user's run restore an account later. */
  protected abstract owe(account: Account): void;

  protected abstract disown(id: string): void;

  protected makeAccount(): void {
    const n = ++this.#made;
    const createdAt = new Date(++this.now).toISOString();
    const facts = { id: `ca_${n}`, authConfigId: 'ac_1', toolkit: 'gmail', createdAt };
    // Half of them revoke as asked.
    const provider = providers[n % (2 * providers.length)] ?? 'revokes';
    const state = { statusBefore: 'ACTIVE' as const, by: null, stray: false, asked: null };
    this.accounts.set(facts.id, { ...facts, ...state, provider });
  }

  protected nth(n: number): Account | undefined {
    return [...this.accounts.values()][n % Math.max(this.accounts.size, 1)];
  }

  protected saw(what: string): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  }

  protected newOperation(): number {
    return ++this.#operations;
  }

  /** No operation writes to an account while another one holds it. */
  protected write({ id }: Account, operation: number, change: Partial<Account> | 'delete'): void {
    const writers = this.#writers.get(id) ?? [];
    const isNew = !writers.includes(operation);
    must(isNew || writers.at(-1) === operation, `one operation at a time writes to ${id}`);
    if (isNew) this.#writers.set(id, [...writers, operation]);
    if (change === 'delete') this.accounts.delete(id);
    else Object.assign(this.accounts.get(id) ?? {}, change);
  }

  /** A caller asks to disconnect. During an undo window the account is only disabled. */
  disconnect(n: number, undoMs: number): void {
    const account = this.nth(n);
    if (account === undefined || this.runs.has(account.id)) return;
    const run = this.startRevoke(account, 'disconnect', []);
    run.undoUntil = undoMs > 0 ? this.now + undoMs : null;
    if (undoMs === 0 || !run.wasActive) return;
    this.write(account, run.operation, { statusBefore: 'INACTIVE', by: 'end' });
  }

  keep(n: number): void {
    const run = [...this.runs.values()][n % Math.max(this.runs.size, 1)];
    if (run !== undefined && run.undoUntil !== null) run.isUndone = true;
  }

  /** A run takes its next step if one is due. */
  goOn(n: number): void {
    const [id, run] = [...this.runs][n % Math.max(this.runs.size, 1)] ?? [];
    if (id === undefined || run === undefined || this.now < this.#nextOf(run)) return;
    if (run.isUndone) return this.#giveBack(id, run);
    run.undoUntil = null;
    const end = this.#step(id, run);
    if (end === null || end === 'resting') return;
    this.runs.delete(id);
    run.receipts.push(end);
  }

  protected startRevoke(
    { id, statusBefore, memory }: LeftAccount,
    reason: EndRun['reason'],
    receipts: DisconnectReceipt[],
  ): EndRun {
    const run = {
      operation: this.newOperation(),
      reason,
      memory: memory ?? freshMemory,
      undoUntil: null,
      isUndone: false,
      wasActive: statusBefore === 'ACTIVE',
      isOwed: false,
      receipts,
    };
    this.runs.set(id, run);
    return run;
  }

  /** When the next run has something to do. */
  protected get nextRunAt(): number {
    return Math.min(...[...this.runs.values()].map((run) => this.#nextOf(run)));
  }

  /**
   * Disconnects an account in one go: returns its receipt, or the progress when it cannot finish.
   */
  protected endNow({
    id,
    memory = freshMemory,
  }: LeftAccount): DisconnectReceipt | RevocationProgress {
    const given = { operation: this.newOperation(), reason: 'offboarding' as const, memory };
    for (;;) {
      const end = this.#step(id, given);
      if (end !== null) return end === 'resting' ? given.memory : end;
      this.now++;
    }
  }

  #nextOf({ undoUntil, isUndone, memory }: EndRun): number {
    if (undoUntil !== null) return isUndone ? 0 : undoUntil;
    return memory.restUntil === null ? 0 : Date.parse(memory.restUntil);
  }

  #giveBack(id: string, { wasActive, isOwed, operation }: EndRun): void {
    const account = this.accounts.get(id);
    this.runs.delete(id);
    if (account?.statusBefore !== 'INACTIVE' || !(wasActive || isOwed)) return;
    if (this.isBlocked) return this.owe(account);
    must(account.by !== 'hand', 'an undo enables only what Mooring has disabled');
    this.write(account, operation, { statusBefore: 'ACTIVE', by: null });
    this.saw('undone');
  }

  /** What `revokeAndDeleteAccount` does between two readings. */
  #step(
    id: string,
    run: Pick<EndRun, 'operation' | 'reason' | 'memory'>,
  ): DisconnectReceipt | 'resting' | null {
    const account = this.accounts.get(id) ?? null;
    const status = account?.statusBefore;
    const row = account && {
      status: account.statusBefore,
      statusReason: null,
      createdAt: account.createdAt,
    };
    const reading = readingOf(row, run.memory, this.now, revocationTimings);
    const step = nextStep(reading, policyOf(run.reason));
    if (!('call' in step))
      must(status !== 'ACTIVE', 'an account that was enabled for its revocation is disabled again');
    if ('verdict' in step) {
      if (status === 'INACTIVE') {
        Object.assign(account ?? {}, { by: 'kept' });
        this.disown(id);
      }
      this.saw(`ended ${step.verdict}`);
      return receiptOf(id, step.verdict, account);
    }
    if ('wait' in step || account === null) {
      const { restUntil } = run.memory;
      if (restUntil === null || this.now >= Date.parse(restUntil)) this.#rest(run);
      return 'resting';
    }
    const written = (change: Partial<Account> | 'delete') =>
      this.write(account, run.operation, change);
    const round = run.memory.round ?? { since: this.#iso(), state: 'opened' as const };
    switch (step.call) {
      case 'enable':
        run.memory = { ...run.memory, round };
        written({ statusBefore: 'ACTIVE', by: null });
        break;
      case 'disable':
        written({ statusBefore: 'INACTIVE', by: 'end' });
        this.#rest(run);
        break;
      case 'revoke':
        this.#revoke(account, run, round);
        break;
      case 'delete':
        this.#mayBeDeleted(account, run.reason, step.proof);
        run.memory = { ...run.memory, proof: step.proof };
        written('delete');
    }
    return null;
  }

  #revoke(
    account: Account,
    run: Pick<EndRun, 'operation' | 'memory'>,
    round: NonNullable<RevocationProgress['round']>,
  ): void {
    must(account.statusBefore === 'ACTIVE', 'the API revokes only ACTIVE accounts');
    const asked = account.asked ?? this.now;
    const { provider } = account;
    const isDown = provider === 'down' || (provider !== 'revokes' && this.now < asked + hourMs);
    if (provider === 'no revocation') run.memory = { ...run.memory, isUnsupported: true };
    else if (provider.startsWith('down') && isDown) {
      run.memory = { ...run.memory, round: { ...round, state: 'failed' } };
    } else {
      const state = provider === 'answer lost' ? ('lost' as const) : ('answered' as const);
      run.memory = { ...run.memory, mayBeOurs: true, round: { ...round, state } };
      this.write(account, run.operation, { statusBefore: 'REVOKED', by: null });
    }
    account.asked = asked;
  }

  /** I4 of the reliability notes, checked against the facts of this world. */
  #mayBeDeleted(
    { statusBefore, provider, asked }: Account,
    reason: string,
    proof: RevocationProof,
  ): void {
    const isDead = statusBefore === 'REVOKED' || statusBefore === 'EXPIRED';
    const wasAsked = asked !== null;
    const isUnsupported = wasAsked && provider === 'no revocation';
    const isGivenUp = wasAsked && reason === 'offboarding' && this.now >= asked + dayMs;
    must(isDead || isUnsupported || isGivenUp, 'a delete needs a fact about the grant');
    must(proof !== 'revoked' || statusBefore === 'REVOKED', '"revoked" needs REVOKED');
  }

  #rest(run: Pick<EndRun, 'memory'>): void {
    const { rests, failingSince } = run.memory;
    const ms = Math.min(revocationTimings.restFirstMs * 2 ** rests, revocationTimings.restMaxMs);
    run.memory = {
      ...run.memory,
      round: null,
      rests: rests + 1,
      restUntil: new Date(this.now + ms).toISOString(),
      failingSince: failingSince ?? this.#iso(),
    };
  }

  #iso(): string {
    return new Date(this.now).toISOString();
  }
}

function receiptOf(
  connectedAccountId: string,
  proof: RevocationProof,
  account: Account | null,
): DisconnectReceipt {
  const times = { asked: '', proven: null, ended: '' };
  const unknown = { authConfigId: null, toolkit: null, revokedTokens: [], siblings: [] };
  const by = { reason: 'offboarding' as const, actor: null, note: null, requestIds: [] };
  const statusAfter = account?.statusBefore ?? null;
  const rest = { certain: true, statusAfter, times };
  return { userId, connectedAccountId, ...unknown, proof, ...rest, ...by };
}
