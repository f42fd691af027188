import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Mutant, patchedTree, readMutants } from '../test/mutants/patched-tree.ts';
import { judge, type Ground } from './seed.ts';
import { plantedStories } from './stories/index.ts';
import { playWorld } from './world.ts';

export interface Planted {
  mutant: Mutant;
  isCaught: boolean;
}

/** The planted bug of a seed: those that the auditor can see come up in turn. Null while there is none. */
export async function chooseMutant(seed: number): Promise<Mutant | null> {
  const visible = (await readMutants()).filter(({ auditor }) => auditor !== null);
  return visible[seed % visible.length] ?? null;
}

/**
 * A short world without kills, in which workers and gateway have one planted bug. The auditor must report it
 * by the check that the bug's header names.
 */
export async function playPlanted(mutant: Mutant, seed: number, ground: Ground): Promise<Planted> {
  const tree = await patchedTree(mutant, ground.folder);
  ground.held.add(() => tree.remove());
  try {
    const bundle = join(ground.folder, 'planted-bundle.js');
    await writeBundleOf(tree.directory, bundle);
    const { unknown } = judge(
      await playWorld(
        {
          ...ground,
          source: tree.directory,
          bundle,
          replayBundle: ground.bundle,
          name: `planted-${seed}`,
          seed,
          parts: plantedStories.map((story, n) => ({
            id: `planted/${n + 1}`,
            userId: `planted-${seed}-${n + 1}`,
            story,
            seed: n,
          })),
          rough: false,
        },
        ground.held,
      ),
    );
    return { mutant, isCaught: unknown.some(({ check }) => check === mutant.auditor) };
  } finally {
    await tree.remove();
  }
}

async function writeBundleOf(directory: string, path: string): Promise<void> {
  const module = pathToFileURL(join(directory, 'src/bundle.ts')).href;
  const tree = (await import(module)) as { writeBundle(path: string): Promise<void> };
  await tree.writeBundle(path);
}
