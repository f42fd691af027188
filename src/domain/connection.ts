import type { AccountStatus } from './account.ts';
import type { ConnectTimings } from './timings.ts';

export const outcomeStatuses = ['ACTIVE', 'FAILED', 'EXPIRED', 'CANCELED'] as const;
export type OutcomeStatus = (typeof outcomeStatuses)[number];

/**
 * Why an attempt did not end ACTIVE. A closed list, for programs; Composio's own words stand
 * beside it in `statusReason`, for people.
 */
const reasons = [
  'never_opened',
  'abandoned',
  'denied',
  'exchange_failed',
  'identity_mismatch',
  'revoked',
  'disabled',
  'gone',
  'refused',
  'canceled',
  'unconfirmed',
  'unknown',
] as const;
export type Reason = (typeof reasons)[number];

/** How an attempt ended. ACTIVE was read from the API, never taken from a callback. */
export interface Outcome {
  status: OutcomeStatus;
  reason: Reason | null;
  connectedAccountId: string | null;
  /** Composio's text, cut and masked; or the code with which Mooring refused. */
  statusReason: string | null;
}

/** How the user is to connect. `link`: Composio's hosted page. `existing`: wait for an account that is there. */
export type ConnectMethod =
  { link: Record<string, never> } | { existing: { connectedAccountId: string } };

/** What a backend asks for. Checked by the client before anything starts, and again by the worker. */
export interface ConnectUserInput {
  /** Your own id of the user, opaque, at most 255 bytes. Stands in clear in workflow ids. */
  userId: string;
  /** `ac_…`: how users authenticate to the toolkit. */
  authConfigId: string;
  /** Default: `link`. */
  method?: ConnectMethod;
  /** When an ACTIVE account exists: refuse (default), or answer it. */
  onExisting?: 'fail' | 'reuse';
  /** Where the gateway sends the browser afterwards; its origin must be in MOORING_RETURN_ORIGINS. */
  returnUrl?: string;
  /** Without a gateway: where Composio itself sends the browser. Not together with `returnUrl`. */
  callbackUrl?: string;
  /** Ends the wait earlier than the link's life would. */
  waitMs?: number;
  /** Makes a repeat of this very call answer the first one's answer. */
  requestId?: string;
  /** Kept with the attempt and given back by `describe`. Encrypted at rest; still no place for secrets. */
  metadata?: Record<string, string>;
  /** For tests and demos: production's durations have their reasons in `domain/timings.ts`. */
  timings?: Partial<ConnectTimings>;
}

/** The answer to the backend that asked to connect a user. */
export interface ConnectAnswer {
  connectionId: string;
  /** The account's, when it was last read: INITIALIZING for a fresh link. */
  status: AccountStatus;
  connectedAccountId: string;
  /** A capability: whoever opens it connects an account to this user. Null when there is nothing to open. */
  redirectUrl: string | null;
  expiresAt: string | null;
}

/** What a browser's return says. Never believed: it only makes the attempt read the API at once. */
export interface CallbackHint {
  status: 'success' | 'failed';
  connectedAccountId?: string;
}

const connectPhases = ['opening', 'waiting', 'ending', 'settled'] as const;
export type ConnectPhase = (typeof connectPhases)[number];

/** The answer of the `view` query: everything about a run but its secrets. */
export interface ConnectView {
  /** Null until the input has been checked. */
  connectionId: string | null;
  phase: ConnectPhase;
  connectedAccountId: string | null;
  /** The account's status when it was last read. */
  status: AccountStatus | null;
  expiresAt: string | null;
  /** When the wait ends whatever happens, ISO. */
  deadline: string | null;
  callers: number;
  callbacks: number;
  verifications: number;
  outcome: Outcome | null;
}
