import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CloseStack } from '../src/process/close-stack.ts';
import { audit } from './audit/index.ts';
import type { Evidence, Violation } from './evidence.ts';
import { type Expected, expectedAs } from './expected.ts';
import { Random } from './random.ts';
import { drawStories } from './stories/index.ts';
import { type Part, playWorld, type World, type WorldPlan } from './world.ts';

/** What all worlds of one soak share. */
export interface Ground extends Pick<WorldPlan, 'folder' | 'cli' | 'temporalPort' | 'bundle'> {
  /** Gets the closer of each world, for an interrupted soak. */
  held: CloseStack;
}

/** The source tree that this soak is part of. */
export const ownSource = fileURLToPath(new URL('..', import.meta.url));

/** A violation that a known bug explains. */
export interface Known {
  violation: Violation;
  entry: Expected;
}

export interface Judged {
  world: World;
  known: Known[];
  unknown: Violation[];
}

/** How often a story that broke a promise is played again. */
export const repeats = 5;

export function judge(world: World): Judged {
  const known: Known[] = [];
  const unknown: Violation[] = [];
  for (const violation of audit(world.evidence)) {
    const entry = expectedAs(violation, world.evidence);
    if (entry === null) unknown.push(violation);
    else known.push({ violation, entry });
  }
  return { world, known, unknown };
}

/** The parts of a seed: the same seed and count give the same parts. */
export function drawParts(seed: number, count: number): Part[] {
  const random = new Random(seed);
  return drawStories(random.fork(), seed, count).map(({ userId, story }, n) => ({
    id: `s${seed}/${n + 1}`,
    userId,
    story,
    seed: random.between(0, 2 ** 31),
  }));
}

export async function playSeed(seed: number, parts: readonly Part[], ground: Ground) {
  const plan = { ...ground, source: ownSource, name: `seed-${seed}`, seed, parts, rough: true };
  return judge(await playWorld(plan, ground.held));
}

/**
 * Plays the stories of these violations again, five times each, concurrently in one new world with
 * the same faults. Returns how many of the five broke the same promise, by check and story.
 */
export async function countRepeats(
  seed: number,
  parts: readonly Part[],
  violations: readonly Violation[],
  ground: Ground,
): Promise<Map<string, number>> {
  const again = parts.filter((part) => violations.some(({ story }) => story === part.id));
  if (again.length === 0) return new Map();
  // Two users of one pair may both be played again, each of them once.
  const both = new Set(again.flatMap((part) => withTwin(part, parts)));
  const played = Array.from({ length: repeats }, (_, n) =>
    [...both].map((part) => freshUser(part, seed, n + 1)),
  ).flat();
  const name = `seed-${seed}-again`;
  const plan = { ...ground, source: ownSource, name, seed, parts: played, rough: true };
  const { unknown, world } = judge(await playWorld(plan, ground.held));
  return countHits(unknown, world.evidence);
}

/** The user whose id careless code confuses with this one joins the world. */
function withTwin(part: Part, parts: readonly Part[]): Part[] {
  const at = parts.indexOf(part);
  const twin = parts[at % 2 === 0 ? at + 1 : at - 1];
  return twin === undefined ? [part] : [part, twin];
}

/** Another user, whose id is as hostile as the first one's. */
function freshUser(part: Part, seed: number, n: number): Part {
  return { ...part, userId: part.userId.replace(`s${seed}-`, `s${seed}r${n}-`) };
}

function countHits(violations: readonly Violation[], { calls }: Evidence): Map<string, number> {
  const hits = new Map<string, Set<string>>();
  for (const { check, userId } of violations) {
    const story = calls.find((call) => call.userId === userId)?.story;
    if (userId === null || story === undefined) continue;
    const key = hitKey({ check, story });
    hits.set(key, (hits.get(key) ?? new Set()).add(userId));
  }
  return new Map([...hits].map(([key, users]) => [key, users.size]));
}

export function hitKey({ check, story }: Pick<Violation, 'check' | 'story'>): string {
  return `${check} ${story}`;
}

export function bundlePath(folder: string): string {
  return join(folder, 'workflow-bundle.js');
}
