import { workflowInfo } from '@temporalio/workflow';
import type { OpenedAttempt } from '../activities/index.ts';
import type { ConnectUserRequest, Outcome, OutcomeStatus } from '../domain/connection.ts';
import type { EventType } from '../domain/events.ts';
import { announce } from './announce.ts';

const types = {
  ACTIVE: 'connect.active',
  FAILED: 'connect.failed',
  EXPIRED: 'connect.expired',
  CANCELED: 'connect.canceled',
} as const satisfies Record<OutcomeStatus, EventType>;

/**
 * Tells the backend's endpoints how an attempt has ended. Composio has no event for it. A refused call
 * made no attempt and was answered; an account that was ACTIVE before is no news either.
 */
export async function tellBackend(
  { connectionId, userId, authConfigId, found, endpoints = [] }: OpenedAttempt,
  { metadata = {} }: ConnectUserRequest,
  outcome: Outcome,
): Promise<void> {
  if (found?.status === 'ACTIVE') return;
  const { workflowId, runId } = workflowInfo();
  const attempt = { workflowId, runId };
  await announce(endpoints, {
    type: types[outcome.status],
    connectionId,
    connectedAccountId: outcome.connectedAccountId,
    data: { userId, authConfigId, attempt, outcome, metadata },
  });
}
