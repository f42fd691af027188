import { workflowInfo } from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import type {
  ConnectUserRequest,
  ConnectOutcome,
  ConnectStatus,
} from '../../domain/connect/connect.ts';
import type { EventContent, EventType } from '../../domain/events/events.ts';
import { sendEvent } from '../events/send-event.ts';
import { openActivities } from './options.ts';

const types = {
  ACTIVE: 'connect.active',
  FAILED: 'connect.failed',
  EXPIRED: 'connect.expired',
  CANCELED: 'connect.canceled',
} as const satisfies Record<ConnectStatus, EventType>;

/**
 * Sends the outcome of an attempt to the backend's endpoints, because Composio has no event for it.
 * Sends nothing for an account that was ACTIVE before the attempt. `opened` null: the attempt was
 * refused after minutes, when its caller had stopped waiting.
 */
export async function sendConnectEvent(
  opened: OpenedAttempt | null,
  request: ConnectUserRequest,
  outcome: ConnectOutcome,
): Promise<void> {
  if (opened?.found?.status === 'ACTIVE') return;
  const facts = opened ?? (await openActivities(request).resolveAttemptFacts(request));
  const { connectionId, userId, authConfigId, endpoints = [] } = facts;
  const { metadata = {} } = request;
  const { workflowId, runId } = workflowInfo();
  const attempt = { workflowId, runId };
  const content = {
    type: types[outcome.status],
    connectionId,
    connectedAccountId: outcome.connectedAccountId,
    data: { userId, authConfigId, attempt, outcome, metadata },
  };
  // The type of the event belongs to the status of the outcome.
  await sendEvent(endpoints, content as EventContent);
}
