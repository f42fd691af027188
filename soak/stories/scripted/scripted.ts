import { setTimeout as sleep } from 'node:timers/promises';
import type { Story } from '../../cast.ts';
import type { CheckName } from '../../evidence.ts';
import type { Player } from '../player.ts';
import { story } from '../story.ts';

/**
 * A story that shows a bug each time it is played, and nothing once the bug is fixed. `check` is
 * the check that reports it.
 */
export interface ScriptedStory extends Story {
  finding: string;
  check: CheckName;
  /** The story kills or stops processes, so no other story may run beside it. */
  isAlone: boolean;
  /** The suffix of its user's id. */
  userIdEnding: string;
}

interface Options {
  isAlone?: boolean;
  userIdEnding?: string;
}

export function scriptedStory(
  finding: string,
  check: CheckName,
  name: string,
  live: (player: Player) => Promise<void>,
  { isAlone = false, userIdEnding = '' }: Options = {},
): ScriptedStory {
  return { ...story(`${finding}: ${name}`, live), finding, check, isAlone, userIdEnding };
}

const readRoute = 'GET /connected_accounts/:id';
export const heldMs = 6_000;
const lookEveryMs = 50;
const looks = 200;

/**
 * Makes the next read of an account of this user take six seconds. Resolves once that read has
 * started.
 */
export async function holdNextRead(
  { cast, userId }: Player,
  begin: () => Promise<unknown>,
): Promise<{ begun: Promise<unknown> }> {
  await cast.fault({ route: readRoute, userId, fault: { kind: 'delay', beforeMs: heldMs } });
  const begun = begin();
  await waitUntil(async () => {
    const calls = await cast.sandbox.pendingCalls();
    return calls.some((call) => call.route === readRoute && call.userId === userId);
  });
  // Wrapped in an object, as `await` would wait for a bare promise.
  return { begun };
}

/**
 * Polls until the condition holds, for ten seconds. If it never does, the story does not show its
 * finding.
 */
export async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  for (let left = looks; left > 0 && !(await isSo()); left--) await sleep(lookEveryMs);
}
