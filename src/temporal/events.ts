import type { Client } from '@temporalio/client';
import type { DeliveryPhase } from '../domain/delivery.ts';
import type { EventType } from '../domain/events.ts';
import { parseEventWorkflowId } from '../domain/ids.ts';
import { searchAttributeKeys as keys } from '../workflows/messages.ts';
import { asMooringError } from './failures.ts';

/** One event on its way to one endpoint, as a list shows it. */
export interface EventSummary {
  /** The event's. */
  id: string;
  endpoint: string;
  type: EventType | null;
  connectionId: string | null;
  connectedAccountId: string | null;
  workflowId: string;
  runId: string;
  open: boolean;
  /** While open: still being tried, or given up and waiting for a `resend`. */
  phase: DeliveryPhase | null;
  /** How it ended, with the reason: `delivered`, `undelivered:exhausted`; null while open. */
  ended: string | null;
  startedAt: string;
  closedAt: string | null;
}

/** All of it must hold; `limit` ends the list (default: none). */
export interface EventFilter {
  /** Those that nobody has taken: still tried, given up, or ended so. */
  undelivered?: boolean;
  limit?: number;
}

export async function* listEventRuns(
  client: Client,
  { undelivered = false, limit = Infinity }: EventFilter,
): AsyncIterable<EventSummary> {
  const terms = ['WorkflowType = "deliverEvent"'];
  if (undelivered) {
    const untaken = `${keys.outcome.name} STARTS_WITH "undelivered"`;
    terms.push(`(ExecutionStatus != "Completed" OR ${untaken})`);
  }
  let listed = 0;
  try {
    for await (const execution of client.workflow.list({ query: terms.join(' AND ') })) {
      if (listed++ >= limit) return;
      const { workflowId, runId, status, typedSearchAttributes: attributes } = execution;
      const { eventId, endpoint } = parseEventWorkflowId(workflowId) ?? {};
      const memo = (execution.memo ?? {}) as { type?: EventType; connectionId?: string };
      const open = status.name === 'RUNNING';
      yield {
        id: eventId ?? workflowId,
        endpoint: endpoint ?? '',
        type: memo.type ?? null,
        connectionId: memo.connectionId ?? null,
        connectedAccountId: attributes.get(keys.accountId) ?? null,
        workflowId,
        runId,
        open,
        phase: open ? ((attributes.get(keys.phase) ?? null) as DeliveryPhase | null) : null,
        ended: open ? null : (attributes.get(keys.outcome) ?? status.name),
        startedAt: execution.startTime.toISOString(),
        closedAt: execution.closeTime?.toISOString() ?? null,
      };
    }
  } catch (error) {
    throw asMooringError(error);
  }
}
