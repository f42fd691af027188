import { setTimeout as sleep } from 'node:timers/promises';
import type { HealOptions } from './use-target.ts';

/** Node's timers cannot wait longer. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Starts or joins a refresh, and waits for it for a limited time. The caller reads the account
 * afterwards, so a refresh that is still open, or that could not start, changes nothing here.
 * Throws only the reason of the signal.
 */
export async function refreshWithin(
  refresh: () => Promise<unknown>,
  { waitMs = 10_000, signal }: HealOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const done = new AbortController();
  const either = AbortSignal.any([done.signal, ...(signal ? [signal] : [])]);
  const wait = sleep(Math.min(waitMs, longestTimerMs), undefined, { signal: either });
  await Promise.race([refresh(), wait]).catch(() => undefined);
  done.abort();
  signal?.throwIfAborted();
}
