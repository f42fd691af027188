import type { EndpointFacts, EventContent } from '../../src/domain/events/events.ts';
import { sendEvent } from '../../src/workflows/events/send-event.ts';

export { deliverEvent } from '../../src/workflows/events/deliver-event.ts';

/** A workflow that sends one event and ends at once. */
export async function announcing(
  endpoints: readonly EndpointFacts[],
  happening: EventContent,
  times: number,
): Promise<string> {
  for (let time = 1; time <= times; time++) await sendEvent(endpoints, happening);
  return 'told';
}
