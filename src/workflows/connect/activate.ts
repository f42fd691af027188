import { ActivityFailure, condition, log } from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import type {
  ConnectUserRequest,
  ConnectView,
  Outcome,
  Reason,
  Warning,
} from '../../domain/connect/connect.ts';
import { canceledOutcome } from '../../domain/connect/judge-reading.ts';
import { endAttempt } from './settle-attempt.ts';
import { retireReplaced } from '../disconnect/remove-or-revoke.ts';
import type { Heard } from './hints.ts';
import { comparing, finishing } from './options.ts';
import { showConfirming } from '../visibility.ts';

/**
 * From an ACTIVE account to an ACTIVE outcome: the backend has confirmed who came back, the person is the
 * one of the replaced account, that one is ended, and the new one has its alias. An account that may not
 * stay is ended.
 */
export async function activate(
  attempt: OpenedAttempt,
  request: ConnectUserRequest,
  active: Outcome,
  heard: Heard,
  view: ConnectView,
): Promise<Outcome> {
  const refused = await refusal(attempt, request, heard, view);
  view.phase = 'ending';
  if (refused !== null) {
    const verdict = { outcome: refused, account: 'remove' as const };
    return endAttempt(attempt, verdict, heard.memory(view));
  }
  const { connectedAccountId } = attempt;
  const { alias, replaces } = request;
  const warnings: Warning[] = [];
  if (replaces !== undefined && request.sameIdentity !== 'ignore') {
    const same = await isSamePerson(connectedAccountId, replaces);
    if (same === false && request.sameIdentity !== 'warn') {
      const outcome = failed('identity_mismatch', connectedAccountId);
      return endAttempt(attempt, { outcome, account: 'remove' }, heard.memory(view));
    }
    if (same !== true) warnings.push(same === false ? 'other_identity' : 'identity_unknown');
  }
  const outcome: Outcome = { ...active };
  if (replaces !== undefined) {
    const result = await retireReplaced(replaces, attempt);
    outcome.replaced = { connectedAccountId: replaces, result };
  }
  if (alias !== undefined) {
    const result = await name(attempt, alias);
    if (result !== 'named') warnings.push(result === 'in_use' ? 'alias_in_use' : 'alias_not_set');
  }
  return warnings.length === 0 ? outcome : { ...outcome, warnings };
}

/** Waits until somebody has confirmed, and answers why the account may not stay; null when it may. */
async function refusal(
  { connectedAccountId, userId, timings }: OpenedAttempt,
  { confirm }: ConnectUserRequest,
  heard: Heard,
  view: ConnectView,
): Promise<Outcome | null> {
  if (confirm === 'required' && heard.confirmedBy === null) {
    view.phase = 'confirming';
    view.deadline = new Date(Date.now() + timings.confirmMs).toISOString();
    showConfirming(connectedAccountId, view.deadline);
    const decided = () => heard.confirmedBy !== null || heard.isDoubtful || heard.cancelRequested;
    await condition(decided, timings.confirmMs);
  }
  if (heard.cancelRequested) return canceledOutcome(connectedAccountId);
  if (confirm !== 'required') return null;
  if (heard.isDoubtful) {
    return { ...failed('unconfirmed', connectedAccountId), statusReason: 'two browsers came back' };
  }
  if (heard.confirmedBy === userId) return null;
  const reason = heard.confirmedBy === null ? 'unconfirmed' : 'identity_mismatch';
  return failed(reason, connectedAccountId);
}

async function isSamePerson(connectedAccountId: string, other: string): Promise<boolean | null> {
  return orWarn('identities were not compared', null, () =>
    comparing().compareIdentity({ connectedAccountId, with: other }),
  );
}

async function name({ connectedAccountId, timings }: OpenedAttempt, alias: string) {
  return orWarn('the alias was not set', 'failed' as const, () =>
    finishing(timings).nameAccount({ connectedAccountId, alias }),
  );
}

/** An API that stays away takes nothing from an account that is ACTIVE. */
async function orWarn<T, U>(message: string, otherwise: U, call: () => Promise<T>): Promise<T | U> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn(message, { error: String(error) });
    return otherwise;
  }
}

function failed(reason: Reason, connectedAccountId: string): Outcome {
  return { status: 'FAILED', reason, connectedAccountId, statusReason: null };
}
