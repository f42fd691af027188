import type { Settings } from '../sandbox/control.ts';

/** The sandbox's settings in a demo. A scenario that runs alone may change some. */
export const usualSettings = {
  linkLifeMs: 600_000,
  // The demo must not wait for the rate limiter.
  requestsPerMinute: 1_000_000,
  latencyMs: 0,
  // Both readings of the refresh endpoint: it renews a living grant, and restarts otherwise.
  refreshReading: 'renewOrRestart',
  inactiveExecutes: false,
  deniedStatus: 'FAILED',
  revocationEndpoint: 'works',
  revocationEnds: 'account',
} as const satisfies Partial<Settings>;

/** The settings that a scenario may change for a while, as they are set back afterwards. */
export type OtherSettings = Partial<Pick<Settings, keyof typeof usualSettings>>;
