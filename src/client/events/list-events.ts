import type { Client } from '@temporalio/client';
import type { DeliveryPhase } from '../../domain/events/delivery.ts';
import type { EventType } from '../../domain/events/events.ts';
import { parseEventWorkflowId } from '../../domain/ids.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { listRuns, phaseOf, summaryOf } from '../shared/list-runs.ts';
import { readableMemo } from '../../temporal/codec.ts';
import {
  hasAttributePrefix,
  hasType,
  isAny,
  isNot,
  type VisibleRun,
} from '../../temporal/visibility.ts';

/** One event on its way to one endpoint, as a list shows it. */
export interface EventSummary {
  /** The event's id. */
  id: string;
  endpoint: string;
  type: EventType | null;
  connectionId: string | null;
  connectedAccountId: string | null;
  workflowId: string;
  runId: string;
  open: boolean;
  /**
   * False if its encryption key is not configured here. Then only the fields of this row are known.
   */
  readable: boolean;
  /** While open: Mooring still retries, or has given up and waits for a `resend`. */
  phase: DeliveryPhase | null;
  /** How it ended, with the reason: `delivered`, `undelivered:exhausted`; null while open. */
  ended: string | null;
  startedAt: string;
  closedAt: string | null;
}

/** An event must match every field. `limit`: at most this many events (default: all). */
export interface EventFilter {
  /** Only events that are not delivered: Mooring still retries, has given up, or has stopped. */
  undelivered?: boolean | undefined;
  limit?: number | undefined;
}

export function listEventRuns(
  client: Client,
  { undelivered = false, ...filter }: EventFilter,
): AsyncIterable<EventSummary> {
  const conditions = [hasType('deliverEvent')];
  if (undelivered) {
    const untaken = hasAttributePrefix(keys.outcome, 'undelivered');
    conditions.push(isAny([isNot('COMPLETED'), untaken]));
  }
  return listRuns(client, conditions, filter, toEventSummary);
}

function toEventSummary(run: VisibleRun): EventSummary {
  const { eventId, endpoint } = parseEventWorkflowId(run.workflowId) ?? {};
  const memo = readableMemo<{ type?: EventType; connectionId?: string }>(run);
  return {
    id: eventId ?? run.workflowId,
    endpoint: endpoint ?? '',
    type: memo.type ?? null,
    connectionId: memo.connectionId ?? null,
    connectedAccountId: run.typedSearchAttributes.get(keys.accountId) ?? null,
    phase: phaseOf(run) as DeliveryPhase | null,
    ...summaryOf(run),
  };
}
