import { log, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { OpenedAttempt } from '../activities/index.ts';
import type { Outcome } from '../domain/connection.ts';
import { searchAttributeKeys as keys } from './messages.ts';

/** Shows in Temporal's UI and in visibility that an attempt waits for a person. One upsert: each is an event. */
export function showWaiting(attempt: OpenedAttempt, deadline: string): void {
  const { typedSearchAttributes } = workflowInfo();
  // The client sets who and what at the start, for nothing; a caller of another language may not have.
  const missing =
    typedSearchAttributes.get(keys.userId) === undefined
      ? [
          { key: keys.userId, value: attempt.visibleUserId },
          { key: keys.authConfigId, value: attempt.authConfigId },
        ]
      : [];
  upsertSearchAttributes([
    ...missing,
    { key: keys.accountId, value: attempt.connectedAccountId },
    { key: keys.phase, value: 'waiting' },
  ]);
  setCurrentDetails(`**waiting** for the user until ${deadline} (${attempt.connectedAccountId})`);
}

export function showSettled(outcome: Outcome): void {
  const { status, reason, connectedAccountId } = outcome;
  upsertSearchAttributes([
    ...(connectedAccountId === null ? [] : [{ key: keys.accountId, value: connectedAccountId }]),
    { key: keys.phase, value: null },
    { key: keys.outcome, value: reason === null ? status : `${status}:${reason}` },
  ]);
  setCurrentDetails(`**${status}** ${reason ?? ''} ${connectedAccountId ?? ''}`.trimEnd());
  log.info('connection settled', { connectedAccountId, status, reason });
}
