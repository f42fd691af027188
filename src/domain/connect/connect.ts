import type { AccountStatus, Sharing } from '../account.ts';
import type { AuthScheme, AuthSchemeName } from '../auth-schemes.ts';
import type { RevocationProof } from '../disconnect/proof.ts';
import type { ConnectTimings } from '../timings.ts';
import type { SealedCredentials } from '../sealed-credentials.ts';

export const connectStatuses = ['ACTIVE', 'FAILED', 'EXPIRED', 'CANCELED'] as const;
export type ConnectStatus = (typeof connectStatuses)[number];

/**
 * Why an attempt did not end ACTIVE. A closed list, for programs. `statusReason` holds Composio's
 * own text, for people.
 */
export const connectReasons = [
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
export type ConnectReason = (typeof connectReasons)[number];

/** The user has authorized the account. Mooring reads ACTIVE from the API, never from a callback. */
export interface ActiveOutcome {
  status: 'ACTIVE';
  reason: null;
  connectedAccountId: string;
  statusReason: string | null;
  /** The account is ACTIVE, but not everything is as requested. Absent if there is no warning. */
  warnings?: ConnectWarning[];
  /** The result for the account in `replaces`. */
  replaced?: { connectedAccountId: string; result: ReplacedResult };
}

/** The attempt has made no connection. */
export interface EndedOutcome<Status extends Exclude<ConnectStatus, 'ACTIVE'>> {
  status: Status;
  reason: ConnectReason;
  /** The account that the attempt made, or waited for. Null if it made none. */
  connectedAccountId: string | null;
  /** Composio's text, shortened and masked, or the code of Mooring's refusal. */
  statusReason: string | null;
  /**
   * The account that this attempt made is not disconnected yet, because another run holds it or the
   * API does not answer. Mooring keeps trying, and an event reports the result. Absent if nothing
   * is left to disconnect.
   */
  disconnect?: 'pending';
}

/** How an attempt ended. Branch on `status`: only ACTIVE always has a `connectedAccountId`. */
export type ConnectOutcome =
  ActiveOutcome | EndedOutcome<'FAILED'> | EndedOutcome<'EXPIRED'> | EndedOutcome<'CANCELED'>;

/**
 * - `alias_in_use`: another account has the alias, so this one is ACTIVE without an alias.
 * - `alias_not_set`: the alias could not be set in time, so the account is ACTIVE without it.
 * - `other_identity`: the new account belongs to another person at the toolkit than the replaced
 *   account (`sameIdentity: 'warn'`).
 * - `identity_unknown`: the API does not return the person at the toolkit, so it was not checked.
 */
export type ConnectWarning =
  'alias_in_use' | 'alias_not_set' | 'other_identity' | 'identity_unknown';

/**
 * What is known of the replaced account's grant. Mooring deletes the account, and revokes its grant
 * unless that could end the new one. `pending`: the API or the provider does not do it yet, or
 * another run holds the account; `account/{id}` continues.
 */
export type ReplacedResult = RevocationProof | 'pending';

/**
 * How the user connects.
 *
 * - `link`: on Composio's hosted page. `connectionData` fills in its fields beforehand.
 * - `initiate`: with credentials that you hold, or with your own OAuth app. Build it with
 *   `AuthScheme`.
 * - `existing`: wait until an account that already exists is ACTIVE.
 */
export type ConnectMethod =
  | { link: { connectionData?: Record<string, string> } }
  | { initiate: AuthScheme }
  | { existing: { connectedAccountId: string } };

/**
 * The method as it travels to Temporal. The client encrypts everything that may be a credential.
 * The activity that posts it to Composio decrypts it.
 */
type SealedMethod =
  | { link: { connectionData?: SealedCredentials } }
  | { initiate: { authScheme: AuthSchemeName; credentials: SealedCredentials } }
  | { existing: { connectedAccountId: string } };

/**
 * The input of `connectUser`. The client checks it before anything starts; the worker checks it
 * again.
 */
export interface ConnectUserInput {
  /** Your own id of the user, opaque, at most 255 bytes. It is visible in workflow ids. */
  userId: string;
  /** `ac_…`: how users authenticate to the toolkit. */
  authConfigId: string;
  /**
   * Distinguishes several connections of one user and auth config. The account has this alias once
   * it is ACTIVE.
   */
  alias?: string;
  /** Default: `link`. */
  method?: ConnectMethod;
  /**
   * What to do if an ACTIVE account of this user and auth config exists. `fail` (default) refuses.
   * `reuse` returns the account of this connection. `add` makes another, and needs an `alias`.
   */
  onExisting?: 'fail' | 'reuse' | 'add';
  /**
   * Where the gateway sends the browser afterwards. Its origin must be in MOORING_RETURN_ORIGINS.
   */
  returnUrl?: string;
  /**
   * Without a gateway: where Composio sends the browser. It cannot be combined with `returnUrl`.
   */
  callbackUrl?: string;
  /** An account of this user and auth config. Mooring disconnects it once the new one is ACTIVE. */
  replaces?: string;
  /**
   * Whether the new account must belong to the same person at the toolkit as the replaced one.
   * Default: `require`.
   */
  sameIdentity?: 'require' | 'warn' | 'ignore';
  /** Makes the account SHARED with these settings. Without `sharing` it is PRIVATE. */
  sharing?: Sharing;
  /**
   * `required`: the attempt ends ACTIVE only after your backend called `confirm`, which says that
   * the signed-in user is the one who came back. It needs `returnUrl`.
   */
  confirm?: 'none' | 'required';
  /**
   * Ends the wait after this many milliseconds, before the link expires. With `existing` it is the
   * whole wait (default: ten minutes).
   */
  waitMs?: number;
  /** Makes the call safe to repeat: a repeat with the same id returns the first call's answer. */
  requestId?: string;
  /**
   * Kept with the attempt and returned by `describe`. Encrypted at rest, but not meant for secrets.
   */
  metadata?: Record<string, string>;
  /** For tests and demos. `domain/timings.ts` explains the production values. */
  timings?: Partial<ConnectTimings>;
}

/**
 * The request as it travels to Temporal and is stored in histories: its credentials are encrypted.
 */
export interface ConnectUserRequest extends Omit<ConnectUserInput, 'method'> {
  method?: SealedMethod;
}

/** The result of `connectUser`. */
export interface ConnectAnswer {
  connectionId: string;
  /** The account's status at its last reading: INITIALIZING for a new link. */
  status: AccountStatus;
  connectedAccountId: string;
  /**
   * A capability: anyone who opens it connects their account to this user. Null if there is nothing
   * to open.
   */
  redirectUrl: string | null;
  expiresAt: string | null;
}

/**
 * The content of a browser's return. It is never trusted; it only triggers a reading of the API.
 */
export interface CallbackHint {
  status: 'success' | 'failed';
  connectedAccountId?: string;
  /**
   * `hash`: SHA-256, base64url, of the code that the gateway gave this browser. `expiresAt`: ISO.
   * `cookies`: hashes of the browser's cookies; two hints of one browser share at least one.
   */
  code?: { hash: string; expiresAt: string; cookies: readonly string[] };
}

/** A backend's confirmation of a browser that came back with a code, as the attempt receives it. */
export interface Confirmation {
  /** SHA-256 of the code, base64url. */
  codeHash: string;
  /** The user who is signed in there, according to the backend's session. */
  userId: string;
}

/** A browser that Composio sent to the project's callback verifier, and its signed-in user. */
export interface AuthSession {
  /** `session_uri` of the verifier's URL. It works once, within ten minutes. */
  sessionUri: string;
  /** The user who is signed in there. Take it from your own session, never from the URL. */
  userId: string;
}

/**
 * Composio's answer about an auth session. Mooring reads the outcome from the account in each case.
 *
 * - `verified`: Composio exchanges the tokens now.
 * - `mismatch`: the session belongs to another user, and the attempt failed.
 * - `unknown`: the session does not belong to this attempt, or is used or too old.
 */
export type AuthCompletion = 'verified' | 'mismatch' | 'unknown';

export const connectPhases = [
  'opening',
  'waiting',
  'removing',
  'confirming',
  'finishing',
  'settled',
] as const;
export type ConnectPhase = (typeof connectPhases)[number];

/** The answer of the `view` query: everything about a run except its secrets. */
export interface ConnectView {
  /** Null until the input has been checked. */
  connectionId: string | null;
  phase: ConnectPhase;
  connectedAccountId: string | null;
  /** The account's status at its last reading. */
  status: AccountStatus | null;
  expiresAt: string | null;
  /** When the wait ends at the latest, ISO. */
  deadline: string | null;
  callers: number;
  callbacks: number;
  verifications: number;
  outcome: ConnectOutcome | null;
}
