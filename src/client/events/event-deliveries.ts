import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import { eventWorkflowId, parseEventWorkflowId } from '../../domain/ids.ts';
import { type EventFilter, type EventSummary, listEventRuns } from './list-events.ts';
import { asMooringError } from '../../temporal/errors.ts';
import { resendSignal } from '../../protocol/messages.ts';

/** The events that your endpoints were sent, and those they have not taken yet. */
export class EventDeliveries {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Events by endpoint, newest first, from Temporal's visibility: seconds behind, good for looking, not
   * for deciding. ERR_TEMPORAL_UNAVAILABLE while iterating; safe to repeat.
   */
  list(filter: EventFilter = {}): AsyncIterable<EventSummary> {
    return listEventRuns(this.#client, filter);
  }

  /**
   * Tries to deliver an event now and, if need be, for another three days; its id stays the same. False
   * when there is nothing to resend: it was delivered, or given up more than thirty days ago. Repeating
   * may deliver twice. ERR_INVALID_INPUT when it is no workflow id of an event.
   */
  async resend(event: string | { id: string; endpoint: string }): Promise<boolean> {
    const workflowId =
      typeof event === 'string' ? event : eventWorkflowId(event.id, event.endpoint);
    // Any other family would take the signal as unknown and keep it for ever.
    if (parseEventWorkflowId(workflowId) === null) {
      const message = 'event: is not a workflow id that `list` answers';
      throw new MooringError('ERR_INVALID_INPUT', message, { field: 'event' });
    }
    try {
      await this.#client.workflow.getHandle(workflowId).signal(resendSignal);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw asMooringError(error);
    }
  }
}
