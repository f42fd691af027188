import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Mutant, patchedTree, readMutants } from '../test/mutants/patched-tree.ts';
import { type Ground, hitKey, judge, type Judged, ownSource } from './seed.ts';
import { plantedStories } from './stories/index.ts';
import { type Part, playWorld } from './world.ts';

export interface Planted {
  mutant: Mutant;
  isCaught: boolean;
}

/** Chooses the planted bug of a seed, in turn among those that the auditor can see. */
export async function chooseMutant(seed: number): Promise<Mutant | null> {
  const visible = (await readMutants()).filter(({ auditor }) => auditor !== null);
  return visible[seed % visible.length] ?? null;
}

/**
 * The world of the planted bugs without a bug. It must have no violation: one would count as a
 * caught bug.
 */
export async function playClean(ground: Ground): Promise<Judged> {
  const plan = { ...ground, source: ownSource, ...shortWorld('clean', 0) };
  return judge(await playWorld(plan, ground.held));
}

/**
 * A short world without kills, in which workers and gateway have one planted bug. The auditor must
 * report it by the check that the bug's header names, in a story where that check reports nothing
 * without the bug.
 */
export async function playPlanted(
  mutant: Mutant,
  seed: number,
  ground: Ground,
  clean: Pick<Judged, 'unknown'>,
): Promise<Planted> {
  const tree = await patchedTree(mutant, ground.folder);
  try {
    ground.held.add(() => tree.remove());
    const source = tree.directory;
    const bundle = join(ground.folder, 'planted-bundle.js');
    await writeBundleOf(source, bundle);
    const world = shortWorld(`planted-${seed}`, seed);
    const plan = { ...ground, source, bundle, replayBundle: ground.bundle, ...world };
    const { unknown } = judge(await playWorld(plan, ground.held));
    const before = new Set(clean.unknown.map(hitKey));
    const isCaught = unknown.some(
      (violation) => violation.check === mutant.auditor && !before.has(hitKey(violation)),
    );
    return { mutant, isCaught };
  } finally {
    await tree.remove();
  }
}

function shortWorld(name: string, seed: number) {
  const parts = plantedStories.map((story, n): Part => ({
    id: `planted/${n + 1}`,
    userId: `${name}-${n + 1}`,
    story,
    seed: n,
  }));
  return { name, seed, parts, rough: false };
}

async function writeBundleOf(directory: string, path: string): Promise<void> {
  const module = pathToFileURL(join(directory, 'src/bundle.ts')).href;
  const tree = (await import(module)) as { writeBundle(path: string): Promise<void> };
  await tree.writeBundle(path);
}
