import type { World } from './world.ts';

/** Every seed needs this many faults of the API, or it is too easy. */
const leastFaults = 20;
/**
 * With fewer users there are too few calls for that many faults, and too few stories for all pairs.
 */
export const enoughConnections = 20;

/** Stories that threw. `where`: `seed 7`. */
export function aboutBroken({ broken }: Pick<World, 'broken'>, where: string): string[] {
  return broken.map(({ story, error }) => `${where}: ${story} threw ${error.slice(0, 200)}`);
}

type Roughness = Pick<World, 'faults' | 'kills' | 'endedEarly'>;

/** Why the world of a seed, with this many stories, was too easy or showed too little. */
export function aboutRoughness(world: Roughness, where: string, stories: number): string[] {
  const { faults, kills, endedEarly } = world;
  const isEasy = faults < leastFaults && stories >= enoughConnections;
  return [
    ...(isEasy ? [`${where}: only ${faults} faults hit a call of the API`] : []),
    ...Object.entries(kills)
      .filter(([, count]) => count === 0)
      .map(([name]) => `${where}: ${name} was never killed`),
    ...(endedEarly.length > stories / 2
      ? [`${where}: ${endedEarly.length} of ${stories} stories ended early`]
      : []),
  ];
}
