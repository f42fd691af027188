import {
  type ApplicationFailure,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import type { OpenedAttempt } from '../activities/index.ts';
import type { Outcome } from '../domain/connect/connect.ts';
import type { Finding } from '../domain/refresh/decide-refresh.ts';
import { refusedPrefix, searchAttributeKeys as keys } from '../protocol/messages.ts';

/** Shows in Temporal's UI and in visibility that an attempt waits for a person. One upsert: each is an event. */
export function showWaiting(attempt: OpenedAttempt, deadline: string): void {
  upsertSearchAttributes([
    ...missing(attempt),
    { key: keys.accountId, value: attempt.connectedAccountId },
    { key: keys.phase, value: 'waiting' },
  ]);
  setCurrentDetails(`**waiting** for the user until ${deadline} (${attempt.connectedAccountId})`);
}

export function showConfirming(connectedAccountId: string, deadline: string): void {
  upsertSearchAttributes([{ key: keys.phase, value: 'confirming' }]);
  setCurrentDetails(`**confirming** until ${deadline} (${connectedAccountId} is ACTIVE)`);
}

export function showSettled(outcome: Outcome, attempt: OpenedAttempt | undefined): void {
  const { status, reason, connectedAccountId } = outcome;
  upsertSearchAttributes([
    ...(attempt === undefined ? [] : missing(attempt)),
    ...(connectedAccountId === null ? [] : [{ key: keys.accountId, value: connectedAccountId }]),
    { key: keys.phase, value: null },
    { key: keys.outcome, value: reason === null ? status : `${status}:${reason}` },
  ]);
  setCurrentDetails(`**${status}** ${reason ?? ''} ${connectedAccountId ?? ''}`.trimEnd());
  log.info('connection settled', { connectedAccountId, status, reason });
}

/** A request that was refused is no attempt: who asks for the connection's outcome is given that of the one before. */
export function showRefused({ type }: ApplicationFailure): void {
  const value = `${refusedPrefix}${type}`;
  upsertSearchAttributes([
    { key: keys.phase, value: null },
    { key: keys.outcome, value },
  ]);
  setCurrentDetails(`**${value}**`);
  log.info('connection refused', { code: type });
}

/** What a refresh that waited for nobody has found. */
export function showFinding({
  outcome,
  reason,
  connectedAccountId,
}: Finding & { connectedAccountId: string }): void {
  const value = reason === null ? outcome : `${outcome}:${reason}`;
  upsertSearchAttributes([
    { key: keys.phase, value: null },
    { key: keys.outcome, value },
  ]);
  setCurrentDetails(`**${value}** ${connectedAccountId}`);
  log.info('connection refreshed', { connectedAccountId, outcome, reason });
}

/** The client sets who and what at the start, for nothing; a caller of another language may not have. */
function missing({ visibleUserId, authConfigId }: OpenedAttempt): SearchAttributePair[] {
  if (workflowInfo().typedSearchAttributes.get(keys.userId) !== undefined) return [];
  return [
    { key: keys.userId, value: visibleUserId },
    { key: keys.authConfigId, value: authConfigId },
  ];
}
