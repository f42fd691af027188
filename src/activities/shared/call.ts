import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { toFailure } from './failures.ts';
import type { Parking } from '../batch/key-refused.ts';
import { watchStandstill } from './standstill.ts';

/**
 * With a heartbeat timeout of 3 s, Temporal notices a killed worker after 3.7 s instead of 21 s.
 */
const heartbeatEveryMs = 1_000;

/**
 * Runs the API calls of one activity and sends heartbeats meanwhile. The signal aborts the calls
 * when the activity is canceled or its process was suspended. An error becomes the failure that
 * Temporal should see.
 *
 * - `waiting`: a person waits for this answer, so a refusal is reported at once.
 * - `settled`: what the next try must know if this one ends early. Each heartbeat carries it.
 * - `parking`: logs when the calls wait for a valid API key, and when they continue.
 */
export async function runCalls<T>(
  {
    waiting: isCallerWaiting,
    settled: getProgress,
    parking,
  }: { waiting: boolean; settled?: () => unknown; parking?: Parking },
  calls: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { attempt: tries, heartbeatTimeoutMs } = activityInfo();
  const standstill = watchStandstill(cancellationSignal(), heartbeatTimeoutMs);
  const beat = setInterval(() => {
    standstill.beat();
    heartbeat(getProgress?.());
  }, heartbeatEveryMs);
  try {
    const answer = await calls(standstill.signal);
    parking?.reportSuccess();
    return answer;
  } catch (error) {
    parking?.reportError(error);
    if (getProgress !== undefined) heartbeat(getProgress());
    throw toFailure(error, { waiting: isCallerWaiting, tries });
  } finally {
    clearInterval(beat);
  }
}
