import {
  type ApplicationFailure,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type { OpenedAttempt } from '../activities/index.ts';
import type { ConnectOutcome } from '../domain/connect/connect.ts';
import type { Finding } from '../domain/refresh/decide-refresh.ts';
import { refusedPrefix, searchAttributeKeys as keys } from '../protocol/messages.ts';

/** Shows in Temporal's UI and in visibility that an attempt waits. One upsert is one history event. */
export function showWaitingPhase(attempt: OpenedAttempt, deadline: string): void {
  upsertSearchAttributes([
    ...missingAttributes(attempt),
    { key: keys.accountId, value: attempt.connectedAccountId },
    { key: keys.phase, value: 'waiting' },
  ]);
  setCurrentDetails(`**waiting** for the user until ${deadline} (${attempt.connectedAccountId})`);
}

export function showConfirmingPhase(connectedAccountId: string, deadline: string): void {
  upsertSearchAttributes([{ key: keys.phase, value: 'confirming' }]);
  setCurrentDetails(`**confirming** until ${deadline} (${connectedAccountId} is ACTIVE)`);
}

export function showOutcome(outcome: ConnectOutcome, attempt: OpenedAttempt | undefined): void {
  const { status, reason, connectedAccountId } = outcome;
  upsertSearchAttributes([
    ...(attempt === undefined ? [] : missingAttributes(attempt)),
    ...(connectedAccountId === null ? [] : [{ key: keys.accountId, value: connectedAccountId }]),
    { key: keys.phase, value: null },
    { key: keys.outcome, value: reason === null ? status : `${status}:${reason}` },
  ]);
  setCurrentDetails(`**${status}** ${reason ?? ''} ${connectedAccountId ?? ''}`.trimEnd());
  log.info('connection settled', { connectedAccountId, status, reason });
}

/** A refused request is no attempt: `outcome()` of the connection returns that of the attempt before. */
export function showRefusal({ type }: ApplicationFailure): void {
  showClosed(`${refusedPrefix}${type}`);
  log.info('connection refused', { code: type });
}

/** Shows how a run closed: it has an outcome, and no phase any more. */
export function showClosed(outcome: string, details = ''): void {
  upsertSearchAttributes([
    { key: keys.phase, value: null },
    { key: keys.outcome, value: outcome },
  ]);
  setCurrentDetails(`**${outcome}** ${details}`.trimEnd());
}

/** Shows the finding of a refresh that waited for no user. */
export function showFinding({
  outcome,
  reason,
  connectedAccountId,
}: Finding & { connectedAccountId: string }): void {
  const value = reason === null ? outcome : `${outcome}:${reason}`;
  showClosed(value, connectedAccountId);
  log.info('connection refreshed', { connectedAccountId, outcome, reason });
}

/** Our client sets user and auth config at the start. A caller in another language may not. */
function missingAttributes({ visibleUserId, authConfigId }: OpenedAttempt): SearchAttributePair[] {
  if (workflowInfo().typedSearchAttributes.get(keys.userId) !== undefined) return [];
  return [
    { key: keys.userId, value: visibleUserId },
    { key: keys.authConfigId, value: authConfigId },
  ];
}
