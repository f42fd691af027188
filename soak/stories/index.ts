import type { Story } from '../cast.ts';
import type { Random } from '../random.ts';
import { access } from './access.ts';
import { accounts } from './accounts.ts';
import { connecting } from './connecting.ts';
import { methods } from './methods.ts';
import { pairs } from './pairs.ts';
import { returning } from './returning.ts';
import { meetings } from './scripted/meetings.ts';
import { restarts } from './scripted/restarts.ts';
import type { ScriptedStory } from './scripted/scripted.ts';
import { drawUserIds } from './users.ts';

export { plantedStories } from './planted.ts';

/** Known bugs, each in a story that shows it. */
export const scriptedStories: readonly ScriptedStory[] = [...meetings, ...restarts];

/** What one user does by themselves. */
const lives: readonly Story[] = [connecting, methods, accounts, returning, access].flatMap(
  (kinds): Story[] => Object.values(kinds),
);

/**
 * The stories of one seed, with their users. Consecutive seeds take the kinds in turn, so that a
 * few seeds play each kind; the seed draws who plays which. Half of the stories are lives, and half
 * are two writers at one account.
 */
export function drawStories(
  random: Random,
  seed: number,
  count: number,
): { userId: string; story: Story }[] {
  const ofPairs = Math.floor(count / 2);
  const stories = random.shuffle([
    ...dealStories(lives, seed, count - ofPairs),
    ...dealStories(pairs, seed, ofPairs),
  ]);
  return drawUserIds(seed, count).map((userId, n) => ({ userId, story: stories[n] as Story }));
}

/** The next `count` of a pack that consecutive seeds go through. */
function dealStories(pack: readonly Story[], seed: number, count: number): Story[] {
  return Array.from({ length: count }, (_, n) => pack[(seed * count + n) % pack.length] as Story);
}
