import { workflowInfo } from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import type { ConnectUserRequest, Outcome, OutcomeStatus } from '../../domain/connect/connect.ts';
import type { EventType } from '../../domain/events/events.ts';
import { announce } from '../events/send-event.ts';
import { opening } from './options.ts';

const types = {
  ACTIVE: 'connect.active',
  FAILED: 'connect.failed',
  EXPIRED: 'connect.expired',
  CANCELED: 'connect.canceled',
} as const satisfies Record<OutcomeStatus, EventType>;

/**
 * Tells the backend's endpoints how an attempt has ended. Composio has no event for it. An account that was
 * ACTIVE before is no news. `opened` null: the API was away for so long that the caller has gone.
 */
export async function tellBackend(
  opened: OpenedAttempt | null,
  request: ConnectUserRequest,
  outcome: Outcome,
): Promise<void> {
  if (opened?.found?.status === 'ACTIVE') return;
  const facts = opened ?? (await opening(request).attemptFacts(request));
  const { connectionId, userId, authConfigId, endpoints = [] } = facts;
  const { metadata = {} } = request;
  const { workflowId, runId } = workflowInfo();
  const attempt = { workflowId, runId };
  await announce(endpoints, {
    type: types[outcome.status],
    connectionId,
    connectedAccountId: outcome.connectedAccountId,
    data: { userId, authConfigId, attempt, outcome, metadata },
  });
}
