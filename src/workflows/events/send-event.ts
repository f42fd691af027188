import {
  CancellationScope,
  log,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type EndpointFacts,
  type Happening,
  type MooringEvent,
  wantedBy,
} from '../../domain/events/events.ts';
import { eventWorkflowId } from '../../domain/ids.ts';
import { deliverEvent } from './deliver-event.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';

/** What an event's run is found by: whom its parent was about. */
const inherited = [keys.userId, keys.authConfigId, keys.accountId];

/**
 * Tells the backend: starts one run per endpoint that wants this event and waits until they are there,
 * as an abandoned child whose parent ends first would never be. They go on without their parent.
 *
 * Costs at most five events an endpoint when nothing follows it, so call it last. Never throws. `n`
 * tells the events of one run apart: its number, or in a batch the account's id.
 */
export async function announce(
  endpoints: readonly EndpointFacts[],
  happening: Happening,
  n: number | string = 1,
): Promise<void> {
  const id = `${workflowInfo().runId}_${n}`;
  const event: MooringEvent = { id, occurredAt: new Date().toISOString(), ...happening };
  // A run that is being cancelled tells of its end too.
  await CancellationScope.nonCancellable(async () => {
    await Promise.all(wantedBy(endpoints, event.type).map(({ name }) => start(event, name)));
  });
}

async function start(event: MooringEvent, endpoint: string): Promise<void> {
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
    log.error('an event could not be started on its way', { endpoint, error: String(error) });
  }
}
