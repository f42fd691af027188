import { setTimeout as sleep } from 'node:timers/promises';
import type { SweepInput } from '../src/index.ts';
import type { CallBook } from './caller.ts';
import { Random } from './random.ts';
import type { Stack } from './stack.ts';

/** The story name of requests that belong to no user's story. */
const backgroundStory = 'sweeps';

export interface Background {
  stack: Stack;
  book: CallBook;
  parts: readonly { userId: string }[];
  seed: number;
  signal: AbortSignal;
}

/** Plays sweeps, and webhooks of accounts that have not expired, until the stories are over. */
export async function playBackground(background: Background): Promise<void> {
  const random = new Random(background.seed + 3);
  await Promise.all([
    playSweeps(background, random.fork()),
    playStrayWebhooks(background, random.fork()),
  ]);
}

async function playSweeps({ stack, book, parts, signal }: Background, random: Random) {
  for (let n = 1; await pause(random.between(1_000, 4_000), signal); n++) {
    const userIds = random
      .shuffle(parts)
      .slice(0, 20)
      .map(({ userId }) => userId);
    const input: SweepInput = {
      name: `soak-${n}`,
      mode: random.chance(0.8) ? 'heal' : 'probe',
      ...(random.chance(0.5) && { filter: { userIds } }),
    };
    await book.ask(backgroundStory, null, {
      operation: 'sweep',
      input: { ...input },
      make: () => stack.mooring.sweeps.start(input),
    });
  }
}

async function playStrayWebhooks({ stack, signal }: Background, random: Random) {
  while (await pause(random.between(300, 1_500), signal)) {
    const rows = await stack.sandbox.accounts();
    const others = rows.filter(({ userId }) => userId !== stack.bystander.userId);
    // The stories still use the newest accounts.
    const young = others.slice(-20);
    if (young.length > 0) await stack.sandbox.sendWebhook(random.pick(young).id);
  }
}

/** False if the stories ended before the time had passed. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
