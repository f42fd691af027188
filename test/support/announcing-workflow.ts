import type { EndpointFacts, Happening } from '../../src/domain/events/events.ts';
import { announce } from '../../src/workflows/events/send-event.ts';

export { deliverEvent } from '../../src/workflows/events/deliver-event.ts';

/** A story that has nothing to tell but that it happened, and ends at once. */
export async function announcing(
  endpoints: readonly EndpointFacts[],
  happening: Happening,
  times: number,
): Promise<string> {
  for (let time = 1; time <= times; time++) await announce(endpoints, happening);
  return 'told';
}
