import { setTimeout as sleep } from 'node:timers/promises';

const lookEveryMs = 1_000;

/** Waits for a result, and shows each second what there is to see until then. */
export async function followed<T, V>(
  result: Promise<T>,
  look: () => Promise<V | null>,
  show: (view: V) => void,
): Promise<T> {
  const ending = new AbortController();
  const { signal } = ending;
  const ended = result.finally(() => ending.abort());
  const shown = (async () => {
    while (!signal.aborted) {
      // A view that cannot be had now is shown the next time.
      const view = await look().catch(() => null);
      if (view !== null && !signal.aborted) show(view);
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  try {
    return await ended;
  } finally {
    await shown;
  }
}
