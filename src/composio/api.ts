import type { AccountSnapshot, AccountStatus, Sharing } from '../domain/account.ts';
import type { AuthScheme } from '../domain/auth-schemes.ts';

/** A link as Composio made it. `redirectUrl` is a capability: whoever opens it connects an account to this user. */
export interface Link {
  connectedAccountId: string;
  redirectUrl: string;
  expiresAt: string;
  /** `expiresAt` minus the answer's own `Date`: right whatever our clock says. */
  lifeMs: number;
}

/** What both ways of making an account are told. With `sharing` it is SHARED, without PRIVATE. */
export interface NewAccount {
  userId: string;
  authConfigId: string;
  alias: string;
  callbackUrl?: string;
  sharing?: Sharing;
}

/** An account made from credentials (ACTIVE at once), or one whose user still has to go to `redirectUrl`. */
export interface CreatedAccount {
  connectedAccountId: string;
  status: AccountStatus;
  redirectUrl: string | null;
}

/**
 * The part of Composio that Mooring speaks, in Mooring's words. Each call makes exactly one HTTP
 * request (`listAccounts`: one a page) and throws `ApiError`; Temporal owns all retries.
 */
export interface ComposioApi {
  /**
   * Every account of this user and auth config, of every account type, all pages. Rows of anybody
   * else that the filter let through are dropped: a filter is a hint.
   */
  listAccounts(
    filter: { userId: string; authConfigId: string },
    signal?: AbortSignal,
  ): Promise<AccountSnapshot[]>;

  /** One account, or null when it reads 404: deleted, or never there. */
  getAccount(connectedAccountId: string, signal?: AbortSignal): Promise<AccountSnapshot | null>;

  /** Makes an account and its hosted page. Not idempotent: a repeat makes a second account, unless `alias` is taken. */
  createLink(
    link: NewAccount & { connectionData?: Record<string, string> },
    signal?: AbortSignal,
  ): Promise<Link>;

  /**
   * Makes an account from what the user or the backend has given (`initiate`). As little idempotent as
   * `createLink`. No value of `scheme.val` ever stands in an error, also when Composio quotes it.
   */
  createAccount(
    account: NewAccount & { scheme: AuthScheme },
    signal?: AbortSignal,
  ): Promise<CreatedAccount>;

  /** Names an account; the empty string takes its name off. Safe to repeat. Null when it reads 404. */
  setAlias(
    connectedAccountId: string,
    alias: string,
    signal?: AbortSignal,
  ): Promise<{ status: AccountStatus } | null>;

  /** Disables an ACTIVE account or enables an INACTIVE one. Safe to repeat. */
  setEnabled(connectedAccountId: string, enabled: boolean, signal?: AbortSignal): Promise<void>;

  /**
   * Tells Composio who has come back from the provider, before it exchanges the code (projects with a
   * callback verifier). Not safe to repeat: the session is used up by any answer, so read the account.
   */
  completeAuth(
    session: { sessionUri: string; userId: string },
    signal?: AbortSignal,
  ): Promise<{ connectedAccountId: string }>;

  /**
   * Deletes an account; 404 counts as done. Without `revokeOnDelete` the grant lives on at the
   * provider; with it Composio queues a revocation of which nothing can be read afterwards.
   */
  deleteAccount(
    connectedAccountId: string,
    options: { revokeOnDelete: boolean },
    signal?: AbortSignal,
  ): Promise<void>;
}
