import type { Refusal } from '../errors.ts';

/**
 * The input of `createReconnectLink`. The client checks it before anything starts; the worker checks it
 * again.
 */
export interface ReconnectLinkInput {
  /** The id that `connectUser` returns and events contain. */
  connectionId: string;
  /**
   * Where the gateway sends the browser afterwards. Its origin must be in MOORING_RETURN_ORIGINS.
   */
  returnUrl?: string;
  /**
   * `required` (default): the user must be signed in to your app when they come back, and your
   * backend must call `confirm`. It needs `returnUrl`.
   */
  confirm?: 'none' | 'required';
  /** How long the link works, in milliseconds. Default: seven days; at most thirty. */
  validForMs?: number;
}

/** The result of `createReconnectLink`. */
export interface ReconnectLink {
  /**
   * A capability: unless a confirmation is required, anyone who opens it connects their account to
   * this user.
   */
  url: string;
  expiresAt: string;
  /** The unusable account that the new one replaces. */
  connectedAccountId: string;
}

/**
 * The result of a `reconnectLink` run. A refusal is a value, because the run itself did not fail.
 */
export type ReconnectAnswer = { link: ReconnectLink } | { refused: Refusal };

const dayMs = 86_400_000;

/** A user may click a mailed link a week later. */
export const linkLifeMs = 7 * dayMs;
/** A link that someone finds in an old mailbox must no longer work. */
export const longestLinkLifeMs = 30 * dayMs;
