import type { AccountStatus, Sharing } from '../account.ts';
import type { AuthScheme, AuthSchemeName } from '../auth-schemes.ts';
import type { Proof } from '../disconnect/disconnect.ts';
import type { ConnectTimings } from '../timings.ts';
import type { SealedCredentials } from '../sealed-credentials.ts';

export const outcomeStatuses = ['ACTIVE', 'FAILED', 'EXPIRED', 'CANCELED'] as const;
export type OutcomeStatus = (typeof outcomeStatuses)[number];

/**
 * Why an attempt did not end ACTIVE. A closed list, for programs; Composio's own words stand
 * beside it in `statusReason`, for people.
 */
export const reasons = [
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
  /** ACTIVE, and yet not all is as it was asked for. Absent when nothing is to be said. */
  warnings?: Warning[];
  /** What became of the account named by `replaces`. */
  replaced?: { connectedAccountId: string; result: Retirement };
  /**
   * The account that this attempt made is not disconnected yet, because another run holds it or the API does not
   * answer. Mooring keeps trying, and an event reports the result. Absent: nothing is left to disconnect.
   */
  disconnect?: 'pending';
}

/**
 * - `alias_in_use`: another account has the alias, so this one is ACTIVE without a name of yours.
 * - `alias_not_set`: the alias could not be set in time, so the account is ACTIVE without it.
 * - `other_identity`: another person at the toolkit than that of the replaced account (`sameIdentity: 'warn'`).
 * - `identity_unknown`: the API does not tell who it is at the toolkit, so that was not checked.
 */
export type Warning = 'alias_in_use' | 'alias_not_set' | 'other_identity' | 'identity_unknown';

/**
 * What is known of the replaced account's grant: it was ended as far as that does not end the new one, and
 * deleted. `pending`: the API or its provider resists, or somebody else holds it, and `account/{id}` goes on.
 */
export type Retirement = Proof | 'pending';

/**
 * How the user is to connect. `link`: Composio's hosted page, whose fields `connectionData` fills in
 * beforehand. `initiate`: with credentials that you hold, or with an OAuth app of your own (`AuthScheme`
 * makes it). `existing`: wait for an account that is there.
 */
export type ConnectMethod =
  | { link: { connectionData?: Record<string, string> } }
  | { initiate: AuthScheme }
  | { existing: { connectedAccountId: string } };

/** The same as it travels: what may be a credential is sealed by the client, and opened where it is posted. */
type SealedMethod =
  | { link: { connectionData?: SealedCredentials } }
  | { initiate: { authScheme: AuthSchemeName; credentials: SealedCredentials } }
  | { existing: { connectedAccountId: string } };

/** What a backend asks for. Checked by the client before anything starts, and again by the worker. */
export interface ConnectUserInput {
  /** Your own id of the user, opaque, at most 255 bytes. Stands in clear in workflow ids. */
  userId: string;
  /** `ac_…`: how users authenticate to the toolkit. */
  authConfigId: string;
  /** Tells several connections of one user and auth config apart; the account bears it once it is ACTIVE. */
  alias?: string;
  /** Default: `link`. */
  method?: ConnectMethod;
  /**
   * When an ACTIVE account of this user and auth config exists: refuse (default), answer the one of this
   * connection, or make another beside it, which needs an `alias`.
   */
  onExisting?: 'fail' | 'reuse' | 'add';
  /** Where the gateway sends the browser afterwards; its origin must be in MOORING_RETURN_ORIGINS. */
  returnUrl?: string;
  /** Without a gateway: where Composio itself sends the browser. Not together with `returnUrl`. */
  callbackUrl?: string;
  /** An account of this user and auth config, ended once the new one is ACTIVE. */
  replaces?: string;
  /** Whether the new account must be of the same person at the toolkit as the replaced one (default: `require`). */
  sameIdentity?: 'require' | 'warn' | 'ignore';
  /** Given: the account is SHARED, with these. Not given: PRIVATE. */
  sharing?: Sharing;
  /**
   * `required`: ACTIVE counts only once your backend has told, by `confirm`, that the signed-in user is
   * the one who came back. Needs `returnUrl`.
   */
  confirm?: 'none' | 'required';
  /** Ends the wait earlier than the link's life would. */
  waitMs?: number;
  /** Makes a repeat of this very call answer the first one's answer. */
  requestId?: string;
  /** Kept with the attempt and given back by `describe`. Encrypted at rest; still no place for secrets. */
  metadata?: Record<string, string>;
  /** For tests and demos: production's durations have their reasons in `domain/timings.ts`. */
  timings?: Partial<ConnectTimings>;
}

/** What a backend asks for, as it travels to Temporal and stands in histories: without open credentials. */
export interface ConnectUserRequest extends Omit<ConnectUserInput, 'method'> {
  method?: SealedMethod;
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
  /**
   * SHA-256, base64url, of the code that the gateway has given this browser, when that ends (ISO), and
   * the hashes of the browser's cookies: two hints of one browser have at least one of these in common.
   */
  code?: { hash: string; expiresAt: string; cookies: readonly string[] };
}

/** What a backend says of a browser that has come back with a code, as the attempt hears it. */
export interface Confirmation {
  /** SHA-256 of the code, base64url. */
  codeHash: string;
  /** The user who is signed in there, by the backend's own session. */
  userId: string;
}

/** What a backend says of a browser that Composio has sent to the project's callback verifier. */
export interface AuthSession {
  /** `session_uri` of the verifier's URL: works once, for ten minutes. */
  sessionUri: string;
  /** The user who is signed in there, by your own session; never taken from the URL. */
  userId: string;
}

/**
 * What Composio said to it: the tokens are exchanged now (`verified`), the session is another user's and
 * the attempt has failed (`mismatch`), or it is none of this attempt's, used up or too old (`unknown`). The
 * outcome is read from the account all the same.
 */
export type AuthCompletion = 'verified' | 'mismatch' | 'unknown';

export const connectPhases = ['opening', 'waiting', 'confirming', 'ending', 'settled'] as const;
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
