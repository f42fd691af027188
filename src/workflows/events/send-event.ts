import {
  CancellationScope,
  log,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type EndpointFacts,
  type EventContent,
  type MooringEvent,
  endpointsFor,
} from '../../domain/events/events.ts';
import { eventWorkflowId } from '../../domain/ids.ts';
import { deliverEvent } from './deliver-event.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';

/**
 * The search attributes that an event's run takes from its parent, to be found by user and account.
 */
const inherited = [keys.userId, keys.authConfigId, keys.accountId];

/**
 * Notifies the backend: starts one run per endpoint that wants this event. It waits until these
 * runs have started, because an abandoned child never starts if its parent closes first. The runs
 * continue without their parent.
 *
 * It costs at most five history events per endpoint if nothing follows it, so call it last. It
 * never throws. `n` makes the ids of the events of one run unique: a number, or in a batch the
 * account's id.
 */
export async function sendEvent(
  endpoints: readonly EndpointFacts[],
  content: EventContent,
  n: number | string = 1,
): Promise<void> {
  const id = `${workflowInfo().runId}_${n}`;
  const event: MooringEvent = { id, occurredAt: new Date().toISOString(), ...content };
  // A run that is being cancelled sends an event of its end too.
  await CancellationScope.nonCancellable(async () => {
    await Promise.all(
      endpointsFor(endpoints, event.type).map(({ name }) => startDelivery(event, name)),
    );
  });
}

async function startDelivery(event: MooringEvent, endpoint: string): Promise<void> {
  const { typedSearchAttributes } = workflowInfo();
  const known = inherited.flatMap((key) => {
    const value = typedSearchAttributes.get(key);
    return value === undefined ? [] : [{ key, value }];
  });
  try {
    await startChild(deliverEvent, {
      workflowId: eventWorkflowId(event.id, endpoint),
      args: [{ event, endpoint }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      memo: { type: event.type, connectionId: event.connectionId },
      typedSearchAttributes: [...known, { key: keys.phase, value: 'delivering' }],
    });
  } catch (error) {
    const message = 'event not sent: its delivery run could not be started';
    log.error(message, { eventId: event.id, endpoint, error: String(error) });
  }
}
