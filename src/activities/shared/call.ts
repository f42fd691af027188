import {
  activityInfo,
  cancellationSignal,
  heartbeat,
  ApplicationFailure,
} from '@temporalio/activity';
import { toFailure } from './failures.ts';
import type { Parking } from '../batch/key-refused.ts';

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

/** Aborts the calls of one try. The caller must call `beat` regularly while the process runs. */
interface Standstill {
  signal: AbortSignal;
  beat(): void;
}

/**
 * Returns a signal that also aborts when this process was suspended for longer than the heartbeat
 * timeout. By then another worker may run the next try, so this one makes no further call.
 * `throwIfAborted` runs before each call and reads the clock itself. Node may handle an answer that
 * arrived during the suspension before any timer.
 */
function watchStandstill(
  cancellation: AbortSignal,
  heartbeatTimeoutMs: number | undefined,
): Standstill {
  if (heartbeatTimeoutMs === undefined) return { signal: cancellation, beat: () => undefined };
  const stood = new AbortController();
  const signal = AbortSignal.any([cancellation, stood.signal]);
  let last = Date.now();
  const beat = () => {
    const now = Date.now();
    if (now - last > heartbeatTimeoutMs) stood.abort(supersededFailure(now - last));
    last = now;
  };
  const throwIfAborted = () => {
    beat();
    AbortSignal.prototype.throwIfAborted.call(signal);
  };
  Object.defineProperty(signal, 'throwIfAborted', { value: throwIfAborted });
  return { signal, beat };
}

function supersededFailure(ms: number): ApplicationFailure {
  const message = `this process was suspended for ${ms} ms; another worker may run the next try`;
  return ApplicationFailure.create({ type: 'SUPERSEDED', message });
}
