import { ApplicationFailure } from '@temporalio/activity';

/** Aborts the calls of one try. The caller must call `beat` regularly while the process runs. */
export interface Standstill {
  signal: AbortSignal;
  beat(): void;
}

/**
 * Returns a signal that also aborts when this process was suspended for longer than the heartbeat
 * timeout. By then another worker may run the next try, so this one makes no further call.
 * `throwIfAborted` runs before each call and reads the clock itself. Node may handle an answer that
 * arrived during the suspension before any timer.
 */
export function watchStandstill(
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
