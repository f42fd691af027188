import type { Client } from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import { eventWorkflowId, parseEventWorkflowId } from '../../domain/ids.ts';
import { type EventFilter, type EventSummary, listEventRuns } from './list-events.ts';
import { callTemporal } from '../../temporal/errors.ts';
import { isDelivered } from '../../temporal/open-runs.ts';
import { resendSignal } from '../../protocol/messages.ts';

/** The events that Mooring sent to your endpoints, delivered or not. */
export class EventDeliveries {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Lists events by endpoint, newest first. The list comes from Temporal's visibility and is
   * seconds behind: do not base decisions on it. Safe to repeat. ERR_TEMPORAL_UNAVAILABLE while
   * iterating.
   *
   * ```ts
   * for await (const event of mooring.events.list({ undelivered: true })) {
   *   await mooring.events.resend(event);
   * }
   * ```
   */
  list(filter: EventFilter = {}): AsyncIterable<EventSummary> {
    return listEventRuns(this.#client, filter);
  }

  /**
   * Sends an event again now, and retries for another three days. Its id stays the same. Returns
   * false when there is nothing to resend: the event was delivered, or Mooring gave up more than 30
   * days ago. A repeat may deliver it twice. ERR_INVALID_INPUT when this is not the workflow id of
   * an event.
   *
   * ```ts
   * const wasSent = await mooring.events.resend({ id: 'msg_1', endpoint: 'crm' });
   * ```
   */
  async resend(event: string | { id: string; endpoint: string }): Promise<boolean> {
    const workflowId =
      typeof event === 'string' ? event : eventWorkflowId(event.id, event.endpoint);
    // Any other kind of run would store the unknown signal for ever.
    if (parseEventWorkflowId(workflowId) === null) {
      const message = 'event: is not a workflow id of an event; `list` returns them';
      throw new MooringError('ERR_INVALID_INPUT', message, { field: 'event' });
    }
    const run = this.#client.workflow.getHandle(workflowId);
    return callTemporal(() => isDelivered(run.signal(resendSignal)));
  }
}
