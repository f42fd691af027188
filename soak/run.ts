import { countOverlaps } from './overlaps.ts';
import { chooseMutant, playPlanted } from './planted.ts';
import { playScripted } from './scripted.ts';
import { countRepeats, drawParts, type Ground, hitKey, playSeed, repeats } from './seed.ts';
import type { SoakOptions } from './options.ts';
import { Summary } from './summary.ts';
import type { World } from './world.ts';

type Print = (line: string) => void;

/** Every seed meets so many faults of the API, or it is too easy; a few users make too few calls for that. */
const leastFaults = 20;
const enoughConnections = 20;

/** The known bugs first, then each seed with its planted bug. */
export async function runSoak(
  options: SoakOptions,
  ground: Ground,
  print: Print,
): Promise<Summary> {
  const summary = new Summary();
  await runScripted(ground, summary, print);
  for (const seed of options.seeds) {
    await runSeed(seed, options.connections, ground, summary, print);
    await runPlanted(seed, ground, summary, print);
  }
  summary.judgePairs();
  return summary;
}

async function runScripted(ground: Ground, summary: Summary, print: Print): Promise<void> {
  const { world, known, unknown, missing } = await playScripted(ground);
  summary.kills += world.kills;
  summary.addKnown(known);
  print(`known bugs: ${Object.keys(known).sort().join(', ') || 'none'} shown by their stories`);
  for (const finding of missing) {
    summary.complaints.push(`${finding} is listed as expected, and its story did not show it`);
  }
  summary.complaints.push(...brokenIn(world));
  for (const violation of unknown) {
    summary.violations.push({ ...violation, seed: null, hits: null });
    print(`  violation  ${violation.check}  ${violation.story}: ${violation.what}`);
  }
}

async function runSeed(
  seed: number,
  connections: number,
  ground: Ground,
  summary: Summary,
  print: Print,
): Promise<void> {
  const began = Date.now();
  const parts = drawParts(seed, connections);
  const { world, known, unknown } = await playSeed(seed, parts, ground);
  const { evidence, faults, kills, crashes } = world;
  const seconds = Math.round((Date.now() - began) / 1_000);
  print(
    `seed ${seed}: ${parts.length} stories, ${evidence.calls.length} calls, ${evidence.runs.length} runs, ` +
      `${faults} faults, ${kills} kills, ${crashes} crashes, ${evidence.deliveries.length} deliveries, ` +
      `${unknown.length} violations, ${expectedIn(known)}, ${seconds} s`,
  );
  summary.seeds++;
  summary.stories += parts.length;
  summary.faults += faults;
  summary.kills += kills;
  summary.addKnown(known);
  summary.addPairs(countOverlaps(evidence));
  summary.complaints.push(...brokenIn(world).map((text) => `seed ${seed}: ${text}`));
  if (faults < leastFaults && connections >= enoughConnections) {
    summary.complaints.push(`seed ${seed}: only ${faults} faults hit a call of the API`);
  }

  const hits = await countRepeats(seed, parts, unknown, ground);
  for (const violation of unknown) {
    const isStory = parts.some(({ id }) => id === violation.story);
    const hit = isStory ? (hits.get(hitKey(violation)) ?? 0) : null;
    summary.violations.push({ ...violation, seed, hits: hit });
    const name = parts.find(({ id }) => id === violation.story)?.story.name ?? 'no story';
    const times = hit === null ? '' : ` (${hit} of ${repeats} repeats)`;
    print(`  violation  ${violation.check}  ${violation.story} ${name}: ${violation.what}${times}`);
  }
  if (unknown.length > 0) {
    print(`  to repeat  npm run soak -- --seed ${seed} --connections ${connections}`);
  }
}

async function runPlanted(
  seed: number,
  ground: Ground,
  summary: Summary,
  print: Print,
): Promise<void> {
  const mutant = await chooseMutant(seed);
  if (mutant === null) {
    summary.complaints.push('no planted bug has an Auditor header');
    return;
  }
  const { isCaught } = await playPlanted(mutant, seed, ground);
  summary.planted++;
  if (isCaught) summary.canariesCaught++;
  else {
    summary.complaints.push(`seed ${seed}: the auditor did not see the planted bug ${mutant.name}`);
  }
  print(`  planted    ${mutant.name} (${mutant.auditor}): ${isCaught ? 'caught' : 'MISSED'}`);
}

function brokenIn({ broken }: Pick<World, 'broken'>): string[] {
  return broken.map(({ story, error }) => `the story ${story} threw ${error.slice(0, 200)}`);
}

function expectedIn(known: Record<string, number>): string {
  const counts = Object.entries(known).map(([finding, count]) => `${count} of ${finding}`);
  return `expected: ${counts.sort().join(', ') || 'none'}`;
}
