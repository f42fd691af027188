import { setTimeout as sleep } from 'node:timers/promises';

const pressTries = 20;
const againMs = 1_000;

/**
 * Returns null if the person cannot do the step: the link may be deleted, or a page may not answer.
 */
export async function tryStep<T>(step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch {
    return null;
  }
}

/** Presses the only button of a gateway page until the gateway answers. Returns where it leads. */
export async function pressButton(url: string): Promise<string | null> {
  for (let left = pressTries; left > 0; left--) {
    const response = await tryStep(() => fetch(url, { method: 'POST', redirect: 'manual' }));
    await tryStep(async () => response?.arrayBuffer());
    if (response !== null && response.status < 500 && response.status !== 429) {
      return response.headers.get('location');
    }
    await sleep(againMs);
  }
  return null;
}
