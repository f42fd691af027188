/** Durations of a connect attempt, in milliseconds. Temporal's timers have whole seconds, so none is below 1,000. */
export interface ConnectTimings {
  /** How long the API may be away before a call for a link is given up. */
  openMs: number;
  /** The first look without a hint, each next one `lookFactor` later, up to `lookMaxMs` apart. */
  lookFirstMs: number;
  lookFactor: number;
  lookMaxMs: number;
  /** How many looks at most. */
  looks: number;
  /** How long past the link's life an attempt listens for a consent that finished in the last second. */
  slackMs: number;
  /** The least time between two verifications that hints have asked for. */
  spacingMs: number;
  /** An account must read 404 twice, this far apart, before it counts as gone. */
  goneSpacingMs: number;
  /** How long to wait for an account that somebody else made (`existing`). */
  existingWaitMs: number;
  /** How long, from ACTIVE, a backend has to confirm who came back. */
  confirmMs: number;
  /** How long an outcome waits for the replaced account to be ended, for the alias to be set, or for a pause. */
  finishMs: number;
}

/**
 * With a gateway the browser's return tells at once, and looks are the net for lost callbacks: four
 * of them cover the link's ten minutes (0:30, 1:30, 3:30, 7:30), and the read at the end the rest.
 */
export const gatewayTimings: ConnectTimings = {
  // A restart at Composio takes minutes; after ten nobody waits for a link any more.
  openMs: 600_000,
  lookFirstMs: 30_000,
  lookFactor: 2,
  lookMaxMs: 240_000,
  looks: 4,
  // The API's own sweep of expired links is "about ten minutes"; measured clocks and a slow last hop fit in 90 s.
  slackMs: 90_000,
  // Ten hints a minute would cost 10 reads of a budget that 33 once-a-second pollers use up.
  spacingMs: 5_000,
  goneSpacingMs: 5_000,
  existingWaitMs: 600_000,
  // As long as a link lives: whoever has come back is there, and nobody should hold an unconfirmed grant for longer.
  confirmMs: 600_000,
  // A 429 alone may hold a call for a minute; after that `account/{id}` goes on without us.
  finishMs: 120_000,
};

/** Without a gateway looks are the only way to learn of an outcome: from 2 s, growing to a minute, for the longest wait of a day. */
export const lookingTimings: ConnectTimings = {
  ...gatewayTimings,
  lookFirstMs: 2_000,
  lookFactor: 1.5,
  lookMaxMs: 60_000,
  looks: 2_000,
};

/** How often the account of a user who has to act is read, in milliseconds; none is below 1,000. */
export interface ToldTimings {
  /** Reads without a hint, each this long after the user was told. */
  readsMs: number[];
  /** How far apart the later ones are. */
  everyMs: number;
  /** The least time between two reads that hints have asked for. */
  hintSpacingMs: number;
  /** How long a user who does nothing is remembered. */
  keepMs: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** A mail is acted on within minutes, within the day, or not soon: some 33 reads in a month. */
export const toldTimings: ToldTimings = {
  readsMs: [15 * minuteMs, 60 * minuteMs, 360 * minuteMs],
  everyMs: dayMs,
  // As `spacingMs` of an attempt: hints repeat themselves within seconds, and one read answers them all.
  hintSpacingMs: 5_000,
  // After a month it is told once more, if it is still there and still sick.
  keepMs: 30 * dayMs,
};

/** Durations of a user's access, in milliseconds; none is below 1,000 but a cooling-off, which may be 0. */
export interface AccessTimings {
  /** From a lapse until its accounts are disabled. */
  graceMs: number;
  /** From the order to offboard until anything is ended. */
  coolingOffMs: number;
  /** How long after a pause its accounts are listed again for the first time. */
  lookFirstMs: number;
  /** How far apart the later listings are. */
  lookMs: number;
  /** How long the backend is asked, try after try, before it counts as silent. */
  askMs: number;
  /** After nobody said whether the user has paid, and after a renewal that was not confirmed. */
  askAgainMs: number;
  /** Between two listings of an offboarding; each next one twice as late, up to `endAgainMaxMs`. */
  endAgainMs: number;
  endAgainMaxMs: number;
  /** How long a link lives that was opened just before the gate closed. */
  linkLifeMs: number;
}

export const accessTimings: AccessTimings = {
  // Cards are charged again within three days.
  graceMs: 3 * dayMs,
  // Somebody notices a mistake within the hour, and what is asked for by law is asked for in days.
  coolingOffMs: 60 * minuteMs,
  // A connect that was under way as the gate closed is over by then.
  lookFirstMs: 5 * minuteMs,
  lookMs: dayMs,
  askMs: minuteMs,
  // A backend that is being deployed is back; a person who is alerted is not there sooner.
  askAgainMs: 5 * minuteMs,
  // A list that is seconds behind its writes, and later one that still shows what is gone.
  endAgainMs: 5_000,
  endAgainMaxMs: 5 * minuteMs,
  linkLifeMs: 10 * minuteMs,
};

/** No grace, and no cooling-off, is longer: a forgotten one would let a user through for ever. */
export const longestDelayMs = 90 * dayMs;

/** How an account is ended, in milliseconds; none is below 1,000. */
export interface EndTimings {
  /** After so long without a sign of life a worker counts as dead, and the next one goes on. */
  heartbeatMs: number;
  /** The longest that an account is open for its revocation, before it is disabled again. */
  roundMs: number;
  /** Between two readings of what was just written, and before a call is repeated. */
  pauseMs: number;
  /** How long a provider that fails is left alone: first, each next time twice as long, and at most. */
  restFirstMs: number;
  restMaxMs: number;
  /** How long a provider is waited for in all. */
  providerMs: number;
}

export const endTimings: EndTimings = {
  // A beat each second, and two may be late.
  heartbeatMs: 3_000,
  // Two calls of 10 s that time out, and a third.
  roundMs: 30_000,
  pauseMs: 1_000,
  restFirstMs: 5_000,
  // A day of failures is some thirty rounds.
  restMaxMs: 60 * minuteMs,
  providerMs: dayMs,
};

/** The API documents ten minutes for a redirect that it answers without saying how long it lives. */
export const redirectLifeMs = 600_000;

/** Hints may cost this many verifications in one attempt; looks go on after that. */
export const maxVerifications = 10;

/** When the look number `n` (from 1) is due after the one before it; null when there is none left. */
export function lookDelayMs(timings: ConnectTimings, n: number): number | null {
  if (n > timings.looks) return null;
  return Math.min(timings.lookFirstMs * timings.lookFactor ** (n - 1), timings.lookMaxMs);
}
