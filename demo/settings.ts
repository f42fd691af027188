import type { Settings } from '../sandbox/control.ts';

/** How the sandbox behaves in a demo, unless a scenario that is alone has it otherwise. */
export const usualSettings = {
  linkLifeMs: 600_000,
  // Nobody here is to wait for a budget.
  requestsPerMinute: 1_000_000,
  latencyMs: 0,
  // The readings of the endpoint in one: what a grant can renew is renewed, and the rest restarted.
  refreshReading: 'renewOrRestart',
  inactiveExecutes: false,
  deniedStatus: 'FAILED',
  revocationEndpoint: 'works',
  revocationEnds: 'account',
} as const satisfies Partial<Settings>;

/** What a scenario may have otherwise for a while, as it is set back afterwards. */
export type OtherSettings = Partial<Pick<Settings, keyof typeof usualSettings>>;
