import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { asFailure } from './failures.ts';
import type { Parking } from '../batch/key-refused.ts';
import { watchStandstill } from './standstill.ts';

/** With a heartbeat timeout of 3 s, a worker killed during a call is noticed in 3.7 s instead of 21. */
const heartbeatEveryMs = 1_000;

/**
 * Runs the calls of one activity: heartbeats while they last, hands them a signal that ends them when the activity is
 * canceled or its process has stood still, and turns what they throw into the failure that Temporal should see.
 * `waiting`: a person waits for this answer, so a refusal is told at once. `settled`: what the next try must know,
 * should this one end; it travels with each beat. `parking`: who tells that it waits for a key that the API takes.
 */
export async function calling<T>(
  { waiting, settled, parking }: { waiting: boolean; settled?: () => unknown; parking?: Parking },
  calls: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { attempt: tries, heartbeatTimeoutMs } = activityInfo();
  const standstill = watchStandstill(cancellationSignal(), heartbeatTimeoutMs);
  const beat = setInterval(() => {
    standstill.beat();
    heartbeat(settled?.());
  }, heartbeatEveryMs);
  try {
    const answer = await calls(standstill.signal);
    parking?.worked();
    return answer;
  } catch (error) {
    parking?.refused(error);
    if (settled !== undefined) heartbeat(settled());
    throw asFailure(error, { waiting, tries });
  } finally {
    clearInterval(beat);
  }
}
