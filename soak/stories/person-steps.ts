import { setTimeout as sleep } from 'node:timers/promises';

const pressTries = 20;
const againMs = 1_000;

/** A person cannot do everything: a link that is gone shows a page, and a page may be unreachable. */
export async function tryStep<T>(step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch {
    return null;
  }
}

/** Presses the one button of a page of ours, again while the gateway is away. Answers where it leads. */
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
