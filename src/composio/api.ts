import type { AccountSnapshot } from '../domain/account.ts';

/** A link as Composio made it. `redirectUrl` is a capability: whoever opens it connects an account to this user. */
export interface Link {
  connectedAccountId: string;
  redirectUrl: string;
  expiresAt: string;
  /** `expiresAt` minus the answer's own `Date`: right whatever our clock says. */
  lifeMs: number;
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
    link: { userId: string; authConfigId: string; alias: string; callbackUrl?: string },
    signal?: AbortSignal,
  ): Promise<Link>;

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
