/**
 * How much the tests try: `npm test` at each commit, `npm run test:all` before a release, which also runs
 * `test/release` and the soak.
 */
interface Tier {
  /** Test files at a time. Nearly all of them wait most of the time, so more than there are cores. */
  workers: number;
  /** Of the 1,092 cells of the fault table, and the 1,525 of the table of endings. */
  faultCells: number;
  endingCells: number;
  /** Generated orders of events around one connect, against the real workflow. */
  connectOrders: number;
  /** Generated interleavings of one user's access: over the pure decisions, and against the real workflow. */
  accessModels: number;
  accessOrders: number;
}

const tiers: Record<'commit' | 'release', Tier> = {
  commit: {
    workers: 4,
    faultCells: 100,
    endingCells: 100,
    connectOrders: 150,
    accessModels: 10_000,
    accessOrders: 100,
  },
  release: {
    workers: 4,
    faultCells: 1_092,
    endingCells: 1_525,
    connectOrders: 600,
    accessModels: 100_000,
    accessOrders: 400,
  },
};

export const isRelease = process.env.MOORING_TEST_TIER === 'release';
export const tier: Tier = tiers[isRelease ? 'release' : 'commit'];
