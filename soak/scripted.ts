import { type Expected, expected } from './expected.ts';
import { type Ground, judge, type Judged, type Known, ownSource } from './seed.ts';
import { scriptedStories } from './stories/index.ts';
import type { ScriptedStory } from './stories/scripted/scripted.ts';
import { playWorld, type Part } from './world.ts';

interface ScriptedPart extends Part {
  story: ScriptedStory;
}

export interface Scripted extends Judged {
  /** In words: the findings that are listed as expected, and did not occur. */
  outOfDate: string[];
}

/**
 * Plays the story of each bug that was ever found. A bug that no longer occurs must be deleted from
 * the expected list. From then on its story must show no violation.
 */
export async function playScripted(ground: Ground): Promise<Scripted> {
  const parts = scriptedParts();
  const plan = { ...ground, source: ownSource, name: 'scripted', seed: 0, parts, rough: false };
  const judged = judge(await playWorld(plan, ground.held));
  return { ...judged, outOfDate: findOutOfDate(parts, judged.known) };
}

function scriptedParts(): ScriptedPart[] {
  return scriptedStories.map((story, n) => ({
    id: `scripted/${n + 1}`,
    userId: `scripted-${n + 1}-${story.finding}${story.userIdEnding}`,
    story,
    seed: n,
    isAlone: story.isAlone,
  }));
}

/**
 * Each story of a listed finding must show it by its check, and each entry of the list must occur.
 */
export function findOutOfDate(
  parts: readonly Pick<ScriptedPart, 'id' | 'story'>[],
  known: readonly Known[],
  list: readonly Expected[] = expected,
): string[] {
  const stories = parts.filter(
    ({ id, story }) =>
      list.some(({ finding }) => finding === story.finding) &&
      !known.some(
        ({ violation, entry }) =>
          violation.story === id &&
          violation.check === story.check &&
          entry.finding === story.finding,
      ),
  );
  const entries = list.filter(
    (listed) => listed.byChance === undefined && !known.some(({ entry }) => entry === listed),
  );
  const findings = new Set(parts.map(({ story }) => story.finding));
  return [
    ...stories.map(({ story }) => `the story "${story.name}" did not show ${story.finding}`),
    ...entries.map(({ finding, check }) => `${finding} (${check}) is expected, and did not occur`),
    ...list
      .filter(({ finding }) => !findings.has(finding))
      .map(({ finding }) => `${finding} is expected, and has no story`),
  ];
}
