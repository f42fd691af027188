import type { EndpointFacts, Happening } from '../../src/domain/events.ts';
import { announce } from '../../src/workflows/announce.ts';

export { deliverEvent } from '../../src/workflows/deliver-event.ts';

/** A story that has nothing to tell but that it happened, and ends at once. */
export async function announcing(
  endpoints: readonly EndpointFacts[],
  happening: Happening,
  times: number,
): Promise<string> {
  for (let time = 1; time <= times; time++) await announce(endpoints, happening);
  return 'told';
}
