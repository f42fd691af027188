/**
 * Durations of a connect attempt, in milliseconds. The least is 1,000, because Temporal's timers
 * have whole seconds.
 */
export interface ConnectTimings {
  /** How long the attempt retries a link call while the API is unavailable. */
  openMs: number;
  /**
   * When the first scheduled look is due. The delay of each next one is `lookFactor` times longer,
   * up to `lookMaxMs`.
   */
  lookFirstMs: number;
  lookFactor: number;
  lookMaxMs: number;
  /** The greatest number of scheduled looks. */
  looks: number;
  /** How long an attempt waits after its link expired, for a consent that finished just in time. */
  slackMs: number;
  /** The least time between two verifications that hints requested. */
  spacingMs: number;
  /** An account counts as gone after two 404 readings with this time between them. */
  goneSpacingMs: number;
  /** How long to wait for an account that Mooring did not make (`existing`). */
  existingWaitMs: number;
  /** How long a backend has, from ACTIVE, to confirm which user came back. */
  confirmMs: number;
  /**
   * How long an outcome waits until the replaced account is disconnected, the alias is set, or a
   * pause is done.
   */
  finishMs: number;
}

/**
 * With a gateway, the browser's return triggers a reading at once. Scheduled looks cover lost
 * callbacks: four within the link's ten minutes (0:30, 1:30, 3:30, 7:30), then a reading at the
 * end.
 */
export const gatewayTimings: ConnectTimings = {
  // A restart at Composio takes minutes. After ten minutes no user waits for a link.
  openMs: 600_000,
  lookFirstMs: 30_000,
  lookFactor: 2,
  lookMaxMs: 240_000,
  looks: 4,
  // Composio expires links after "about ten minutes". 90 s cover clock skew and a slow last
  // request.
  slackMs: 90_000,
  // Ten hints a minute would cost 10 reads. 33 pollers that read once a second use up the API
  // budget.
  spacingMs: 5_000,
  goneSpacingMs: 5_000,
  existingWaitMs: 600_000,
  // As long as a link lives. The user is present, and an unconfirmed grant should not last longer.
  confirmMs: 600_000,
  // A 429 alone may delay a call for a minute. After this time `account/{id}` continues on its own.
  finishMs: 120_000,
};

/**
 * Without a gateway, scheduled looks are the only way to learn an outcome. They start at 2 s, grow
 * to a minute, and cover the longest wait of a day.
 */
export const pollTimings: ConnectTimings = {
  ...gatewayTimings,
  lookFirstMs: 2_000,
  lookFactor: 1.5,
  lookMaxMs: 60_000,
  looks: 2_000,
};

/** When a pending re-auth reads its account, in milliseconds. The least is 1,000. */
export interface ReauthTimings {
  /** When to read without a hint, counted from the notification of the user. */
  readsMs: number[];
  /** The time between later reads. */
  everyMs: number;
  /** The least time between two reads that hints requested. */
  hintSpacingMs: number;
  /** How long a pending re-auth stays open if the user does nothing. */
  keepMs: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** A user acts on a mail within minutes, within a day, or not soon: about 33 reads in a month. */
export const reauthTimings: ReauthTimings = {
  readsMs: [15 * minuteMs, 60 * minuteMs, 360 * minuteMs],
  everyMs: dayMs,
  // As `spacingMs` of an attempt: hints repeat within seconds, and one read answers them all.
  hintSpacingMs: 5_000,
  // After a month Mooring notifies the user once more if the account still needs them.
  keepMs: 30 * dayMs,
};

/**
 * Durations of a user's access, in milliseconds. The least is 1,000; a cooling-off may also be 0.
 */
export interface AccessTimings {
  /** From a lapse until the user's accounts are disabled. */
  graceMs: number;
  /** From the request to offboard until the first account is disconnected. */
  coolingOffMs: number;
  /** From a pause until the user's accounts are first listed again. */
  lookFirstMs: number;
  /** The time between later listings. */
  lookMs: number;
  /** How long the entitlement check is retried before it counts as unanswered. */
  askMs: number;
  /** From an unanswered entitlement check, or from an unconfirmed renewal, until the next check. */
  askAgainMs: number;
  /** The time between two listings of an offboarding. It doubles up to `endAgainMaxMs`. */
  endAgainMs: number;
  endAgainMaxMs: number;
  /** The lifetime of a link that was opened just before the gate closed. */
  linkLifeMs: number;
}

export const accessTimings: AccessTimings = {
  // Payment providers retry a card within three days.
  graceMs: 3 * dayMs,
  // An operator notices a mistake within the hour, and legal deadlines are days.
  coolingOffMs: 60 * minuteMs,
  // An attempt that was open when the gate closed has ended by then.
  lookFirstMs: 5 * minuteMs,
  lookMs: dayMs,
  askMs: minuteMs,
  // A backend that restarts for a deployment is back by then. An alerted operator is no faster.
  askAgainMs: 5 * minuteMs,
  // The list may lag seconds behind writes, and may show deleted accounts for longer.
  endAgainMs: 5_000,
  endAgainMaxMs: 5 * minuteMs,
  linkLifeMs: 10 * minuteMs,
};

/** The longest grace and cooling-off. A forgotten longer one would keep a user's access open. */
export const longestDelayMs = 90 * dayMs;

/** Durations of a disconnect, in milliseconds. The least is 1,000. */
export interface RevocationTimings {
  /** Without a heartbeat for this long, a worker counts as dead and the next one continues. */
  heartbeatMs: number;
  /** How long an account may stay enabled for its revocation before it is disabled again. */
  roundMs: number;
  /** The time between two readings after a write, and before a call is repeated. */
  pauseMs: number;
  /** The wait after a provider failed: the first wait. It doubles up to `restMaxMs`. */
  restFirstMs: number;
  restMaxMs: number;
  /** How long the run waits for a provider in total. */
  providerMs: number;
}

export const revocationTimings: RevocationTimings = {
  // One heartbeat per second; two may be late.
  heartbeatMs: 3_000,
  // Two calls that time out after 10 s, and a third.
  roundMs: 30_000,
  pauseMs: 1_000,
  restFirstMs: 5_000,
  // A day of failures makes about thirty rounds.
  restMaxMs: 60 * minuteMs,
  providerMs: dayMs,
};

/** Composio documents ten minutes for a redirect whose answer has no expiry time. */
export const redirectLifeMs = 600_000;

/** Hints can trigger this many verifications per attempt. Later, only scheduled looks read. */
export const maxVerifications = 10;

/** The delay of look number `n` (from 1) after the look before it. Null if none is left. */
export function lookDelayMs(timings: ConnectTimings, n: number): number | null {
  if (n > timings.looks) return null;
  return Math.min(timings.lookFirstMs * timings.lookFactor ** (n - 1), timings.lookMaxMs);
}

/**
 * Completes timings with defaults. A caller in another language may pass any value: what is not a
 * number is ignored, and less than a second counts as a second.
 */
export function completeTimings<T extends object>(defaults: T, given: Partial<T> = {}): T {
  const usable = Object.entries(given).filter(([, ms]) => Number.isFinite(ms));
  const bounded = usable.map(([name, ms]) => [name, Math.max(ms as number, 1_000)]);
  return { ...defaults, ...Object.fromEntries(bounded) };
}
