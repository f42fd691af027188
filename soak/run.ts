import { aboutBroken, aboutRoughness } from './complaints.ts';
import { countOverlaps } from './overlaps.ts';
import { chooseMutant, playClean, playPlanted } from './planted.ts';
import { playScripted } from './scripted.ts';
import {
  countRepeats,
  drawParts,
  type Ground,
  hitKey,
  type Judged,
  type Known,
  playSeed,
  repeats,
} from './seed.ts';
import type { SoakOptions } from './options.ts';
import { countByFinding, Summary } from './summary.ts';
import { traceOf } from './trace.ts';

type Print = (line: string) => void;

/** The known bugs first, then the clean world, then each seed with its planted bug. */
export async function runSoak(
  options: SoakOptions,
  ground: Ground,
  print: Print,
): Promise<Summary> {
  const summary = new Summary();
  await runScripted(ground, summary, print);
  const clean = await runClean(ground, summary, print);
  for (const seed of options.seeds) {
    await runSeed(seed, options.connections, ground, summary, print);
    await runPlanted(seed, ground, clean, summary, print);
  }
  summary.judgePairs(options.connections);
  return summary;
}

async function runScripted(ground: Ground, summary: Summary, print: Print): Promise<void> {
  const { world, known, unknown, outOfDate } = await playScripted(ground);
  summary.addKills(world.kills);
  summary.addKnown(known);
  const shown = Object.keys(countByFinding(known)).sort().join(', ');
  print(`known bugs: ${shown || 'none'} shown by their stories`);
  summary.complaints.push(...outOfDate, ...aboutBroken(world, 'known bugs'));
  reportUnseeded(unknown, summary, print);
}

async function runClean(ground: Ground, summary: Summary, print: Print): Promise<Judged> {
  const clean = await playClean(ground);
  const { world, known, unknown } = clean;
  print(`clean world: ${known.length + unknown.length} violations`);
  summary.complaints.push(
    ...aboutBroken(world, 'clean world'),
    ...world.endedEarly.map(({ story, why }) => `clean world: ${story} ended early: ${why}`),
    ...known.map(({ entry, violation }) => `clean world: ${entry.finding}: ${violation.what}`),
  );
  reportUnseeded(unknown, summary, print);
  return clean;
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
  const { evidence, faults, kills, crashes, endedEarly } = world;
  const seconds = Math.round((Date.now() - began) / 1_000);
  const killCount = Object.values(kills).reduce((sum, count) => sum + count, 0);
  print(
    `seed ${seed}: ${parts.length} stories, ${endedEarly.length} ended early, ` +
      `${evidence.calls.length} calls, ${evidence.runs.length} runs, ` +
      `${faults} faults, ${killCount} kills, ${crashes} crashes, ${evidence.deliveries.length} deliveries, ` +
      `${unknown.length} violations, ${knownText(known)}, ${seconds} s`,
  );
  summary.seeds++;
  summary.stories += parts.length;
  summary.faults += faults;
  summary.addKills(kills);
  summary.addKnown(known);
  summary.addPairs(countOverlaps(evidence));
  summary.complaints.push(
    ...aboutBroken(world, `seed ${seed}`),
    ...aboutRoughness(world, `seed ${seed}`, parts.length),
  );

  const hits = await countRepeats(seed, parts, unknown, ground);
  for (const violation of unknown) {
    const isStory = parts.some(({ id }) => id === violation.story);
    const hit = isStory ? (hits.get(hitKey(violation)) ?? 0) : null;
    summary.violations.push({ ...violation, seed, hits: hit });
    const name = parts.find(({ id }) => id === violation.story)?.story.name ?? 'no story';
    const times = hit === null ? '' : ` (${hit} of ${repeats} repeats)`;
    print(`  violation  ${violation.check}  ${violation.story} ${name}: ${violation.what}${times}`);
    for (const line of traceOf(violation, evidence)) print(`    ${line}`);
  }
  if (unknown.length > 0) {
    print(`  to repeat  npm run soak -- --seed ${seed} --connections ${connections}`);
  }
}

async function runPlanted(
  seed: number,
  ground: Ground,
  clean: Judged,
  summary: Summary,
  print: Print,
): Promise<void> {
  const mutant = await chooseMutant(seed);
  if (mutant === null) {
    summary.complaints.push('no planted bug has an Auditor header');
    return;
  }
  const { isCaught } = await playPlanted(mutant, seed, ground, clean);
  summary.planted++;
  if (isCaught) summary.canariesCaught++;
  else {
    summary.complaints.push(`seed ${seed}: the auditor did not see the planted bug ${mutant.name}`);
  }
  print(`  planted    ${mutant.name} (${mutant.auditor}): ${isCaught ? 'caught' : 'MISSED'}`);
}

function reportUnseeded(unknown: Judged['unknown'], summary: Summary, print: Print): void {
  for (const violation of unknown) {
    summary.violations.push({ ...violation, seed: null, hits: null });
    print(`  violation  ${violation.check}  ${violation.story}: ${violation.what}`);
  }
}

function knownText(known: readonly Known[]): string {
  const counts = Object.entries(countByFinding(known)).map(
    ([finding, count]) => `${count} of ${finding}`,
  );
  return `expected: ${counts.sort().join(', ') || 'none'}`;
}
