import { expected } from './expected.ts';
import { type Ground, judge, type Judged, ownSource } from './seed.ts';
import { scriptedStories } from './stories/index.ts';
import { playWorld } from './world.ts';

export interface Scripted extends Judged {
  /** Findings on the list that no story showed. */
  missing: string[];
}

/** Plays the story of each known bug. What is not shown any more must leave the list of what is expected. */
export async function playScripted(ground: Ground): Promise<Scripted> {
  const parts = scriptedStories.map((story, n) => ({
    id: `scripted/${n + 1}`,
    userId: `scripted-${n + 1}-${story.finding}${story.userIdEnding}`,
    story,
    seed: n,
    isAlone: story.isAlone,
  }));
  const plan = { ...ground, source: ownSource, name: 'scripted', seed: 0, parts, rough: false };
  const judged = judge(await playWorld(plan, ground.held));
  const findings = new Set([...expected, ...scriptedStories].map(({ finding }) => finding));
  return { ...judged, missing: [...findings].filter((finding) => !(finding in judged.known)) };
}
