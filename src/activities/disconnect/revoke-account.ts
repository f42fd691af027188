import { sleep } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import type { AccountSnapshot, OwnedAccount } from '../../domain/account.ts';
import { isOwnedBy, isSibling, type OwnedSnapshot } from '../../domain/account.ts';
import {
  type EndPolicy,
  type EndReason,
  type EndReceipt,
  isCertain,
  type Proof,
} from '../../domain/disconnect/disconnect.ts';
import {
  type EndStep,
  neverWasActive,
  nextStep,
  readingOf,
} from '../../domain/disconnect/next-step.ts';
import { type EndMemory, newMemory, type RoundState } from '../../domain/disconnect/memory.ts';
import { endTimings, type EndTimings } from '../../domain/timings.ts';
import { noSuchAccount } from '../shared/own-run.ts';
import { readAccount } from '../shared/read-account.ts';

/** The account to end, and its owner, who is compared before anything is written. */
export type EndTarget = OwnedAccount & { authConfigId?: string };

export interface EndOptions {
  policy: EndPolicy;
  reason: EndReason;
  /** In the caller's words, for the receipt. */
  actor?: string | null;
  note?: string | null;
  /** ISO: when it was asked for. */
  asked: string;
  /** What earlier tries and calls have known; absent: this is the first. */
  memory?: EndMemory | undefined;
  /** Told before and after each call of what the next try has to know. */
  onMemory?: (memory: EndMemory) => void;
  /**
   * An earlier try may have been killed before its memory was kept: a grant that reads REVOKED by now may
   * have been revoked by it.
   */
  repeated?: boolean;
  timings?: Partial<EndTimings> | undefined;
}

/** Not ended yet: the call is to be made again, with this memory, after `waitMs`. It is disabled meanwhile. */
export interface Unsettled {
  waitMs: number;
  /** As last read. */
  status: AccountSnapshot['status'];
  memory: EndMemory;
}

/** Of a day of failures the last are what Composio's support can use. */
const mostRequestIds = 20;

/** One call takes so long at most, and a round to its end: the rest is another call's. */
const longestMs = 45_000;

/**
 * Ends one account, whatever state it is in: revoked, read REVOKED back, deleted, read 404 back, as far as
 * `nextStep` says. Safe to repeat with the memory that was last told; two at once for one account are not:
 * hold `account/{id}`, or be the only batch that has it.
 *
 * Throws ERR_ACCOUNT_NOT_FOUND when it is somebody else's, and ApiError when the API is away, holds us off
 * or refuses the key: the next try goes on from the memory.
 */
export async function endAccount(
  api: ComposioApi,
  target: EndTarget,
  options: EndOptions,
  signal: AbortSignal,
): Promise<EndReceipt | Unsettled> {
  const { connectedAccountId: id } = target;
  const { policy } = options;
  const timings = { ...endTimings, ...options.timings };
  const until = Date.now() + longestMs;
  let memory: EndMemory = { ...newMemory, ...options.memory };
  if (options.repeated === true && memory.before?.status !== 'REVOKED') know({ mayBeOurs: true });
  let siblingsKnown = policy.siblings === 'end' && memory.siblings !== null;
  let isKnown = false;
  let last: string | null = null;
  let repeats = 0;

  for (;;) {
    const account = await read();
    if (account !== null && memory.before === null) {
      const { status, authConfigId, toolkit, alias } = account;
      know({ before: { status, authConfigId, toolkit, alias } });
    }
    if (account !== null && !memory.wasActive && !neverWasActive(account)) {
      know({ wasActive: true });
    }
    if (account !== null && !siblingsKnown) {
      const rows = await api.listAccounts(account, signal);
      know({ siblings: rows.filter((row) => isSibling(row, account)).map((row) => row.id) });
      siblingsKnown = true;
    }
    const step = nextStep(readingOf(account, memory, Date.now(), timings), policy);
    if ('verdict' in step) return receiptOf(step.verdict, account);
    const status = account?.status ?? 'UNKNOWN';
    const late = Date.now() >= until + (memory.round === null ? 0 : timings.roundMs);
    if (late || ('wait' in step && step.wait === 'provider')) {
      if (isDue(memory.restUntil)) rest();
      const restMs = Date.parse(memory.restUntil ?? '') - Date.now();
      return { waitMs: Math.max(restMs, timings.pauseMs), status, memory };
    }
    const doing = 'call' in step ? step.call : 'wait';
    repeats = doing === last ? repeats + 1 : 0;
    last = doing;
    // What was just written may be read a moment later, and a call that was in vain is not repeated at once.
    if (doing === 'wait' || repeats > 0) await sleep(timings.pauseMs * Math.min(2 ** repeats, 8));
    if ('call' in step) await take(step);
  }

  async function read(): Promise<OwnedSnapshot | null> {
    const owner = { userId: target.userId, isKnown };
    // What we have deleted has no reason to come back.
    const account =
      memory.proof === null
        ? await readAccount(api, id, signal, owner)
        : await api.getAccount(id, signal, owner);
    if (account === null) return null;
    if (!isOf(account, target)) throw noSuchAccount(target);
    isKnown = true;
    return account;
  }

  /** Makes one call. What it throws is no answer: the next reading tells, or the next try goes on. */
  async function take(step: Extract<EndStep, { call: string }>): Promise<void> {
    switch (step.call) {
      case 'enable':
        know({ round: roundOf('opened') });
        await answered(() => api.setEnabled(id, true, signal), 'failed');
        return;
      case 'disable':
        if (await answered(() => api.setEnabled(id, false, signal))) rest();
        return;
      case 'revoke':
        return revoke();
      case 'delete': {
        const { proof, revokeOnDelete } = step;
        know({ proof, provenAt: memory.proof === proof ? memory.provenAt : now() });
        await answered(() => api.deleteAccount(id, { revokeOnDelete }, signal));
      }
    }
  }

  /** Whether it was done. A refusal or a lost answer is settled by the next reading; `state`: of the round then. */
  async function answered(
    call: () => Promise<{ requestId: string | null }>,
    state?: RoundState,
  ): Promise<boolean> {
    try {
      note((await call()).requestId);
      return true;
    } catch (error) {
      const { ambiguous, requestId } = passing(error);
      note(requestId);
      if (state !== undefined && !ambiguous) know({ round: roundOf(state) });
      return false;
    }
  }

  async function revoke(): Promise<void> {
    const { mayBeOurs } = memory;
    // Before it is sent: whoever finds this account REVOKED must know that it may have been us.
    know({ mayBeOurs: true, round: roundOf('lost') });
    try {
      const { revokedTokens, requestId } = await api.revokeAccount(id, signal);
      note(requestId);
      know({
        mayBeOurs: mayBeOurs || revokedTokens.length > 0,
        revokedTokens: [...new Set([...memory.revokedTokens, ...revokedTokens])],
        round: roundOf('answered'),
      });
    } catch (error) {
      const refusal = passing(error, () => know({ mayBeOurs }));
      const { status, fault, ambiguous, kind } = refusal;
      note(refusal.requestId);
      if (!ambiguous) know({ mayBeOurs });
      if (status === 400 && refusal.isItsOwn) know({ unsupported: true });
      else if (status === 409) know({ refused: fault !== 'leased' });
      else if (kind === 'http' && status !== 404) know({ round: roundOf('failed') });
    }
  }

  function roundOf(state: RoundState): EndMemory['round'] {
    return { since: memory.round?.since ?? now(), state };
  }

  /** The provider is left alone, longer each time. */
  function rest(): void {
    const ms = Math.min(timings.restFirstMs * 2 ** memory.rests, timings.restMaxMs);
    know({
      round: null,
      rests: memory.rests + 1,
      restUntil: new Date(Date.now() + ms).toISOString(),
      failingSince: memory.failingSince ?? now(),
    });
  }

  function note(requestId: string | null): void {
    if (requestId === null) return;
    know({ requestIds: [...memory.requestIds, requestId].slice(-mostRequestIds) });
  }

  function know(change: Partial<EndMemory>): void {
    memory = { ...memory, ...change };
    options.onMemory?.(memory);
  }

  function receiptOf(proof: Proof, account: AccountSnapshot | null): EndReceipt {
    const { before, revokedTokens, siblings, requestIds } = memory;
    const ended = now();
    const isProven = proof !== 'gone' && proof !== 'unproven';
    return {
      userId: target.userId,
      connectedAccountId: id,
      authConfigId: before?.authConfigId ?? null,
      toolkit: before?.toolkit ?? null,
      proof,
      certain: isCertain(proof, revokedTokens),
      revokedTokens,
      siblings: siblings ?? [],
      statusAfter: account?.status ?? null,
      reason: options.reason,
      actor: options.actor ?? null,
      note: options.note ?? null,
      times: {
        asked: options.asked,
        proven: isProven ? (memory.provenAt ?? ended) : null,
        ended,
      },
      requestIds,
    };
  }
}

function isOf(row: AccountSnapshot, target: EndTarget): row is OwnedSnapshot {
  const { connectedAccountId, userId, authConfigId } = target;
  const sameConfig = authConfigId === undefined || row.authConfigId === authConfigId;
  return row.id === connectedAccountId && isOwnedBy(row, userId) && sameConfig;
}

/** What the next reading settles. Thrown on: what says nothing of this account, and would be said again. */
function passing(error: unknown, otherwise?: () => void): ApiError {
  const isOurs = error instanceof ApiError && error.kind !== 'held';
  if (isOurs && ![401, 403, 429].includes(error.status ?? 0)) return error;
  otherwise?.();
  throw error;
}

function isDue(time: string | null): boolean {
  return time === null || Date.parse(time) <= Date.now();
}

function now(): string {
  return new Date().toISOString();
}
