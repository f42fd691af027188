import { ActivityFailure, condition, log } from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import type {
  ActiveOutcome,
  ConnectUserRequest,
  ConnectView,
  ConnectOutcome,
  ConnectReason,
  ConnectWarning,
} from '../../domain/connect/connect.ts';
import { canceledOutcome } from '../../domain/connect/judge-reading.ts';
import { removeAccountOf } from './settle-attempt.ts';
import { revokeReplaced } from './remove-or-revoke.ts';
import type { AttemptHints } from './hints.ts';
import { compareActivities, finishActivities } from './options.ts';
import { showConfirmingPhase } from '../show-run.ts';

/**
 * Brings an ACTIVE account to an ACTIVE outcome. The backend confirms who came back, Mooring
 * disconnects the replaced account, and the new account gets its alias. If the account may not
 * stay, Mooring removes it.
 */
export async function activate(
  attempt: OpenedAttempt,
  request: ConnectUserRequest,
  active: ActiveOutcome,
  hints: AttemptHints,
  view: ConnectView,
): Promise<ConnectOutcome> {
  const refused = await waitForConfirmation(attempt, request, hints, view);
  view.phase = 'finishing';
  if (refused !== null) return remove(refused);
  const { connectedAccountId } = attempt;
  const { alias, replaces } = request;
  const warnings: ConnectWarning[] = [];
  if (replaces !== undefined && request.sameIdentity !== 'ignore') {
    const isSame = await isSamePerson(connectedAccountId, replaces);
    if (isSame === false && request.sameIdentity !== 'warn') {
      return remove(failedOutcome('identity_mismatch', connectedAccountId));
    }
    if (isSame !== true) warnings.push(isSame === false ? 'other_identity' : 'identity_unknown');
  }
  const outcome: ActiveOutcome = { ...active };
  if (replaces !== undefined) {
    const result = await revokeReplaced(replaces, attempt);
    outcome.replaced = { connectedAccountId: replaces, result };
  }
  if (alias !== undefined) {
    const result = await setAlias(attempt, alias);
    if (result !== 'named') warnings.push(result === 'in_use' ? 'alias_in_use' : 'alias_not_set');
  }
  return warnings.length === 0 ? outcome : { ...outcome, warnings };

  async function remove(outcome: ConnectOutcome): Promise<ConnectOutcome> {
    return removeAccountOf(attempt, { outcome, account: 'remove' }, hints.memoryOf(view));
  }
}

/** Waits for the backend's confirmation. Returns why the account may not stay; null: it may. */
async function waitForConfirmation(
  { connectedAccountId, userId, timings }: OpenedAttempt,
  { confirm }: ConnectUserRequest,
  hints: AttemptHints,
  view: ConnectView,
): Promise<ConnectOutcome | null> {
  if (confirm === 'required' && hints.confirmedBy === null) {
    view.phase = 'confirming';
    view.deadline = new Date(Date.now() + timings.confirmMs).toISOString();
    showConfirmingPhase(connectedAccountId, view.deadline);
    const isDecided = () =>
      hints.confirmedBy !== null || hints.isDoubtful || hints.isCancelRequested;
    await condition(isDecided, timings.confirmMs);
  }
  if (hints.isCancelRequested) return canceledOutcome(connectedAccountId);
  if (confirm !== 'required') return null;
  if (hints.isDoubtful) {
    return {
      ...failedOutcome('unconfirmed', connectedAccountId),
      statusReason: 'two browsers came back',
    };
  }
  if (hints.confirmedBy === userId) return null;
  const reason = hints.confirmedBy === null ? 'unconfirmed' : 'identity_mismatch';
  return failedOutcome(reason, connectedAccountId);
}

async function isSamePerson(connectedAccountId: string, other: string): Promise<boolean | null> {
  return callOrWarn('identities were not compared', null, () =>
    compareActivities().compareIdentities({ connectedAccountId, with: other }),
  );
}

async function setAlias({ connectedAccountId, timings }: OpenedAttempt, alias: string) {
  return callOrWarn('the alias was not set', 'failed' as const, () =>
    finishActivities(timings).setAccountAlias({ connectedAccountId, alias }),
  );
}

/** If the API does not answer, the account stays ACTIVE, and the outcome has a warning. */
async function callOrWarn<T, U>(
  message: string,
  otherwise: U,
  call: () => Promise<T>,
): Promise<T | U> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn(message, { error: String(error) });
    return otherwise;
  }
}

function failedOutcome(reason: ConnectReason, connectedAccountId: string): ConnectOutcome {
  return { status: 'FAILED', reason, connectedAccountId, statusReason: null };
}
