import { setTimeout as sleep } from 'node:timers/promises';

const pollEveryMs = 1_000;

/** Waits for a result, and shows a new view each second until then. */
export async function followResult<T, V>(
  result: Promise<T>,
  readView: () => Promise<V | null>,
  showView: (view: V) => void,
): Promise<T> {
  const ending = new AbortController();
  const { signal } = ending;
  const ended = result.finally(() => ending.abort());
  const shown = (async () => {
    while (!signal.aborted) {
      // If this view cannot be read, the next one is shown.
      const view = await readView().catch(() => null);
      if (view !== null && !signal.aborted) showView(view);
      await sleep(pollEveryMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  try {
    return await ended;
  } finally {
    await shown;
  }
}
