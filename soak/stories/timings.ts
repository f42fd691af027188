import type {
  AccessTimings,
  ConnectTimings,
  RevocationTimings,
  ReauthTimings,
} from '../../src/index.ts';

/** Production waits for minutes. A story waits for seconds, and takes the same steps. */
export const connectTimings: Partial<ConnectTimings> = {
  lookFirstMs: 1_000,
  lookMaxMs: 2_000,
  looks: 3,
  slackMs: 1_000,
  spacingMs: 1_000,
  goneSpacingMs: 1_000,
  confirmMs: 8_000,
};

/** An attempt without looks, so that the next step of the story comes first. */
export const blindTimings: Partial<ConnectTimings> = { ...connectTimings, looks: 0 };

export const reauthTimings: Partial<ReauthTimings> = {
  readsMs: [1_000, 2_000],
  everyMs: 2_000,
  hintSpacingMs: 1_000,
  keepMs: 20_000,
};

export const revocationTimings: Partial<RevocationTimings> = {
  restFirstMs: 1_000,
  restMaxMs: 4_000,
};

export const accessTimings: Partial<AccessTimings> & { endings: Partial<RevocationTimings> } = {
  graceMs: 1_000,
  coolingOffMs: 1_000,
  lookFirstMs: 1_000,
  lookMs: 2_000,
  endAgainMs: 1_000,
  endAgainMaxMs: 2_000,
  // A worker that is killed during a link call is replaced within this time.
  linkLifeMs: 5_000,
  endings: revocationTimings,
};
