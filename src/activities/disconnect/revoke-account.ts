import { sleep } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import {
  type AccountSnapshot,
  type AccountTarget,
  isSibling,
  isTarget,
  type OwnedSnapshot,
} from '../../domain/account.ts';
import { type DisconnectReceipt } from '../../domain/disconnect/disconnect.ts';
import { type RevocationPolicy, type DisconnectReason } from '../../domain/disconnect/policy.ts';
import { isCertain, type RevocationProof } from '../../domain/disconnect/proof.ts';
import {
  type RevocationStep,
  isNeverActive,
  nextStep,
  readingOf,
} from '../../domain/disconnect/next-step.ts';
import {
  type RevocationProgress,
  newRevocationProgress,
  type RoundState,
} from '../../domain/disconnect/revocation-progress.ts';
import { revocationTimings, type RevocationTimings } from '../../domain/timings.ts';
import { noSuchAccountError } from '../shared/guards.ts';
import { readAccount } from '../shared/read-account.ts';

export interface RevocationOptions {
  policy: RevocationPolicy;
  reason: DisconnectReason;
  /** In the caller's words, for the receipt. */
  actor?: string | null;
  note?: string | null;
  /** ISO time of the request. */
  asked: string;
  /** The progress of earlier tries and calls. Absent for the first. */
  memory?: RevocationProgress | undefined;
  /** Called before and after each API call with the progress that the next try needs. */
  onMemory?: (memory: RevocationProgress) => void;
  /**
   * An earlier try may have been killed before its progress was kept. So if the account reads
   * REVOKED now, that try may have revoked it.
   */
  isRepeated?: boolean;
  timings?: Partial<RevocationTimings> | undefined;
}

/**
 * Not finished: call again with this `memory` after `waitMs`. The account is disabled meanwhile.
 */
export interface UnfinishedRevocation {
  waitMs: number;
  /** As last read. */
  status: AccountSnapshot['status'];
  memory: RevocationProgress;
}

/** Composio's support needs only the last request ids, even after a day of failures. */
const mostRequestIds = 20;

/**
 * The longest time of one call, apart from an open round, which may finish. The next call
 * continues.
 */
const longestMs = 45_000;

/**
 * Revokes and deletes one account, whatever its status is. Usually it revokes, reads REVOKED,
 * deletes and reads 404; `nextStep` decides each step from a reading. A write that fails, such as a
 * delete with 500, is no error: the next reading decides, and the step is repeated. Safe to repeat
 * with the last `memory`. Two concurrent calls for one account are not safe: hold `account/{id}`,
 * or be the only batch with this account.
 *
 * Throws ERR_ACCOUNT_NOT_FOUND if the account belongs to another user. Throws ApiError if the API
 * fails, limits the rate or refuses the key. Then the next try continues from the memory.
 */
export async function revokeAndDeleteAccount(
  api: ComposioApi,
  target: AccountTarget,
  options: RevocationOptions,
  signal: AbortSignal,
): Promise<DisconnectReceipt | UnfinishedRevocation> {
  const { connectedAccountId: id } = target;
  const { policy } = options;
  const timings = { ...revocationTimings, ...options.timings };
  const until = Date.now() + longestMs;
  let memory: RevocationProgress = { ...newRevocationProgress, ...options.memory };
  if (options.isRepeated === true && memory.before?.status !== 'REVOKED')
    updateMemory({ mayBeOurs: true });
  let hasReadSiblings = policy.siblings === 'revoke' && memory.siblings !== null;
  let isKnown = false;
  let last: string | null = null;
  let repeats = 0;

  for (;;) {
    const account = await readTarget();
    if (account !== null && memory.before === null) {
      const { status, authConfigId, toolkit, alias } = account;
      updateMemory({ before: { status, authConfigId, toolkit, alias } });
    }
    if (account !== null && !memory.wasActive && !isNeverActive(account)) {
      updateMemory({ wasActive: true });
    }
    if (account !== null && !hasReadSiblings) {
      const rows = await api.listAccounts(account, signal);
      updateMemory({
        siblings: rows.filter((row) => isSibling(row, account)).map((row) => row.id),
      });
      hasReadSiblings = true;
    }
    const step = nextStep(readingOf(account, memory, Date.now(), timings), policy);
    if ('verdict' in step) return receiptOf(step.verdict, account);
    const status = account?.status ?? 'UNKNOWN';
    const isLate = Date.now() >= until + (memory.round === null ? 0 : timings.roundMs);
    if (isLate || ('wait' in step && step.wait === 'provider')) {
      if (isDue(memory.restUntil)) startRest();
      const restMs = Date.parse(memory.restUntil ?? '') - Date.now();
      return { waitMs: Math.max(restMs, timings.pauseMs), status, memory };
    }
    const doing = 'call' in step ? step.call : 'wait';
    repeats = doing === last ? repeats + 1 : 0;
    last = doing;
    // A write may become visible only a moment later, and a call without effect is not repeated at
    // once.
    if (doing === 'wait' || repeats > 0) await sleep(timings.pauseMs * Math.min(2 ** repeats, 8));
    if ('call' in step) await runStep(step);
  }

  async function readTarget(): Promise<OwnedSnapshot | null> {
    const owner = { userId: target.userId, isKnown };
    // An account that we deleted does not come back, so one 404 is enough.
    const account =
      memory.proof === null
        ? await readAccount(api, id, signal, owner)
        : await api.getAccount(id, signal, owner);
    if (account === null) return null;
    if (!isTarget(account, target)) throw noSuchAccountError(target);
    isKnown = true;
    return account;
  }

  /** Makes one call. If it fails, the next reading shows the result, or the next try continues. */
  async function runStep(step: Extract<RevocationStep, { call: string }>): Promise<void> {
    switch (step.call) {
      case 'enable':
        updateMemory({ round: roundOf('opened') });
        await tryCall(() => api.setEnabled(id, true, signal), 'failed');
        return;
      case 'disable':
        if (await tryCall(() => api.setEnabled(id, false, signal))) startRest();
        return;
      case 'revoke':
        return revokeGrant();
      case 'delete': {
        const { proof, revokeOnDelete } = step;
        updateMemory({ proof, provenAt: memory.proof === proof ? memory.provenAt : now() });
        await tryCall(() => api.deleteAccount(id, { revokeOnDelete }, signal));
      }
    }
  }

  /**
   * Returns whether the call succeeded. After a refusal or a lost answer, the next reading decides.
   * `state` is the round's state after a refusal.
   */
  async function tryCall(
    call: () => Promise<{ requestId: string | null }>,
    state?: RoundState,
  ): Promise<boolean> {
    try {
      addRequestId((await call()).requestId);
      return true;
    } catch (error) {
      const { ambiguous, requestId } = requireAccountError(error);
      addRequestId(requestId);
      if (state !== undefined && !ambiguous) updateMemory({ round: roundOf(state) });
      return false;
    }
  }

  async function revokeGrant(): Promise<void> {
    const { mayBeOurs } = memory;
    // Before it is sent: if a later reading shows REVOKED, it must know that we may have done it.
    updateMemory({ mayBeOurs: true, round: roundOf('lost') });
    try {
      const { revokedTokens, requestId } = await api.revokeAccount(id, signal);
      addRequestId(requestId);
      updateMemory({
        mayBeOurs: mayBeOurs || revokedTokens.length > 0,
        revokedTokens: [...new Set([...memory.revokedTokens, ...revokedTokens])],
        round: roundOf('answered'),
      });
    } catch (error) {
      const refusal = requireAccountError(error, () => updateMemory({ mayBeOurs }));
      const { status, fault, ambiguous, kind } = refusal;
      addRequestId(refusal.requestId);
      if (!ambiguous) updateMemory({ mayBeOurs });
      if (status === 400 && refusal.isFromComposio) updateMemory({ isUnsupported: true });
      else if (status === 409) updateMemory({ isRefused: fault !== 'leased' });
      else if (kind === 'http' && status !== 404) updateMemory({ round: roundOf('failed') });
    }
  }

  function roundOf(state: RoundState): RevocationProgress['round'] {
    return { since: memory.round?.since ?? now(), state };
  }

  /** Starts a wait for the provider, each time a longer one. */
  function startRest(): void {
    const ms = Math.min(timings.restFirstMs * 2 ** memory.rests, timings.restMaxMs);
    updateMemory({
      round: null,
      rests: memory.rests + 1,
      restUntil: new Date(Date.now() + ms).toISOString(),
      failingSince: memory.failingSince ?? now(),
    });
  }

  function addRequestId(requestId: string | null): void {
    if (requestId === null) return;
    updateMemory({ requestIds: [...memory.requestIds, requestId].slice(-mostRequestIds) });
  }

  function updateMemory(change: Partial<RevocationProgress>): void {
    memory = { ...memory, ...change };
    options.onMemory?.(memory);
  }

  function receiptOf(proof: RevocationProof, account: AccountSnapshot | null): DisconnectReceipt {
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

/**
 * Returns an error that the next reading can settle. Rethrows one that says nothing about this
 * account and would occur again.
 */
function requireAccountError(error: unknown, otherwise?: () => void): ApiError {
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
