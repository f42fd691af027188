/**
 * How much the tests try. `npm test` is for each commit. `npm run test:all` is for a release, and
 * also runs `test/release` and the soak.
 */
interface Tier {
  /** Test files at a time. Nearly all mostly wait, so this is more than the cores. */
  workers: number;
  /** How many cells run, of 1,116 in the fault table and 1,567 in the table of endings. */
  faultCells: number;
  endingCells: number;
  /** How many pairs run, of 28: an ending of an attempt, and another run that holds what it leaves. */
  retireCells: number;
  /** Generated orders of events around one connect, against the real workflow. */
  connectOrders: number;
  /** Generated interleavings of one user's access: over the pure decisions, and against the real workflow. */
  accessModels: number;
  accessOrders: number;
}

const tiers: Record<'commit' | 'release', Tier> = {
  commit: {
    // With four, a slow machine of two cores lets workers stand still for ten seconds.
    workers: 3,
    faultCells: 50,
    endingCells: 40,
    retireCells: 10,
    connectOrders: 60,
    accessModels: 10_000,
    accessOrders: 40,
  },
  release: {
    workers: 3,
    faultCells: 1_116,
    endingCells: 1_567,
    retireCells: 28,
    connectOrders: 600,
    accessModels: 100_000,
    accessOrders: 400,
  },
};

export const isRelease = process.env.MOORING_TEST_TIER === 'release';
export const tier: Tier = tiers[isRelease ? 'release' : 'commit'];
