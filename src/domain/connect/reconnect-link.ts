import type { Refused } from '../errors.ts';

/** What a backend asks for. Checked by the client before anything starts, and again by the worker. */
export interface ReconnectLinkInput {
  /** As `connectUser` answers it and events carry it. */
  connectionId: string;
  /** Where the gateway sends the browser afterwards; its origin must be in MOORING_RETURN_ORIGINS. */
  returnUrl?: string;
  /**
   * `required` (default): whoever clicks must also be the one who is signed in to your app when he comes
   * back, which your backend tells by `confirm`. Needs `returnUrl`.
   */
  confirm?: 'none' | 'required';
  /** How long the link is good for. Default: seven days; at most thirty. */
  validForMs?: number;
}

/** The answer to the backend that asked for a link. */
export interface ReconnectLink {
  /** A capability: whoever opens it connects an account to this user, unless it has to be confirmed. */
  url: string;
  expiresAt: string;
  /** The account that is of no use any more, and that the new one replaces. */
  connectedAccountId: string;
}

/** How a `reconnectLink` run ends. A refusal is a value: nobody has to mend anything. */
export type ReconnectAnswer = { link: ReconnectLink } | { refused: Refused };

const dayMs = 86_400_000;

/** Mailed on a Friday, clicked a week later. */
export const linkLifeMs = 7 * dayMs;
/** Whoever finds a link in an old mailbox should find a dead one. */
export const longestLinkLifeMs = 30 * dayMs;
