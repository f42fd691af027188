import { ApplicationFailure } from '@temporalio/activity';

/** Aborts the calls of one try, and has to hear a beat while the process runs. */
export interface Standstill {
  signal: AbortSignal;
  beat(): void;
}

/**
 * A signal that also aborts when this process has stood still for longer than Temporal waits for a heartbeat.
 * Another worker has the next try by then, so this one makes no further call. `throwIfAborted`, which stands
 * before each call, looks at the clock itself: Node handles an answer that came meanwhile before any timer.
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
    if (now - last > heartbeatTimeoutMs) stood.abort(superseded(now - last));
    last = now;
  };
  const throwIfAborted = () => {
    beat();
    AbortSignal.prototype.throwIfAborted.call(signal);
  };
  Object.defineProperty(signal, 'throwIfAborted', { value: throwIfAborted });
  return { signal, beat };
}

function superseded(ms: number): ApplicationFailure {
  const message = `this process stood still for ${ms} ms, and another may have the next try`;
  return ApplicationFailure.create({ type: 'SUPERSEDED', message });
}
