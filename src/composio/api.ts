import type { AccountSnapshot, AccountStatus, OwnedSnapshot, Sharing } from '../domain/account.ts';
import type { AccountPageQuery } from '../domain/schemas.ts';
import type { RevokedToken } from '../domain/disconnect/proof.ts';
import type { AuthScheme, AuthSchemeName } from '../domain/auth-schemes.ts';

/**
 * A link as Composio created it. `redirectUrl` is a capability: anyone who opens it connects an
 * account to this user.
 */
export interface Link {
  connectedAccountId: string;
  redirectUrl: string;
  expiresAt: string;
  /** `expiresAt` minus the `Date` header of the answer, so it does not depend on our clock. */
  lifeMs: number;
}

/**
 * The common input of both ways to create an account. With `sharing` the account is SHARED,
 * otherwise PRIVATE.
 */
export interface NewAccount {
  userId: string;
  authConfigId: string;
  alias: string;
  callbackUrl?: string;
  sharing?: Sharing;
}

/**
 * An account created from credentials (ACTIVE at once), or one whose user must still open
 * `redirectUrl`.
 */
export interface CreatedAccount {
  connectedAccountId: string;
  status: AccountStatus;
  redirectUrl: string | null;
}

/** A row of the list that does not match the API's contract. */
export interface UnreadableRow {
  /** Null: the row has no readable id. */
  id: string | null;
  /** Null: the API does not return it. */
  userId: string | null;
  /** The path of the wrong field, never a value. */
  field: string;
}

/** One page of the list. */
export interface AccountPage {
  rows: AccountSnapshot[];
  /** Check these before you conclude from the list that an account does not exist. */
  unreadable: UnreadableRow[];
  /** The number of rows that the API returned, including rows that do not match the filter. */
  seen: number;
  /** The cursor of the next page; null after the last one. */
  next: string | null;
  /** The number of rows in the whole list, if the API returns it. */
  total?: number;
}

/**
 * New credentials for an account of this scheme. A field that is left out stays; null removes a
 * field.
 */
export interface CredentialChange {
  authScheme: AuthSchemeName;
  val: Record<string, unknown>;
}

/** Composio's id of the call, for its support. Null if the answer has none. */
export interface Acknowledgement {
  requestId: string | null;
}

/** The answer to a revocation. */
export interface Revocation extends Acknowledgement {
  /**
   * The kinds of tokens revoked at the provider, never the tokens. Empty: there was nothing left to
   * revoke.
   */
  revokedTokens: RevokedToken[];
  status: AccountStatus;
}

/** One call of a tool with one account. The arguments and the answer are the user's data. */
export interface ToolCall {
  /** The tool's slug: `GMAIL_SEND_EMAIL`. */
  tool: string;
  /** The user who acts: the account's owner, or a user allowed by its sharing. */
  userId: string;
  connectedAccountId: string;
  arguments: Record<string, unknown>;
  /** The version of the tool. Default: Composio's default version. */
  version?: string;
  /**
   * The longest time that the tool may take, in milliseconds (default: a minute). After a timeout
   * it is unknown whether the tool ran.
   */
  timeoutMs?: number;
}

/**
 * The answer of a tool. With `successful: false` the tool ran, and the toolkit refused or failed.
 */
export interface ToolAnswer {
  successful: boolean;
  data: Record<string, unknown>;
  /** The toolkit's own words. They may contain anything. */
  error: string | null;
  /** Composio's id of this execution, for its log. */
  logId: string | null;
}

/** The expected owner of an account. */
export interface SupposedOwner {
  userId: string;
  /** It was created for this user, or found to be theirs before. Then the list is not asked. */
  isKnown?: boolean;
}

/**
 * The part of Composio that Mooring uses, in Mooring's words. Each call makes exactly one HTTP
 * request and throws `ApiError` on failure. Exceptions: `listAccounts` makes one request a page,
 * and calls make more if the API does not return the owner. Temporal does all retries.
 */
export interface ComposioApi {
  /**
   * Every account of this user and auth config: every account type, all pages. Rows of other users
   * that the filter let through are dropped, because the filter is only a hint.
   */
  listAccounts(
    filter: { userId: string; authConfigId: string },
    signal?: AbortSignal,
  ): Promise<OwnedSnapshot[]>;

  /**
   * One page of the accounts that match the filter. Other rows are dropped, so a page may be empty
   * without being the last one. A cursor belongs to the query that it came from. If the filter
   * names one user, every row has its owner. Otherwise a row has no owner if the API does not
   * return it.
   */
  pageAccounts(query: AccountPageQuery, signal?: AbortSignal): Promise<AccountPage>;

  /**
   * One account, or null when it reads 404: deleted, or never there. If the API does not return its
   * user, two more calls ask the list whether it is `owner`'s, unless that is known. If it is not,
   * the account returned has no owner.
   */
  getAccount(
    connectedAccountId: string,
    signal?: AbortSignal,
    owner?: SupposedOwner,
  ): Promise<AccountSnapshot | null>;

  /**
   * Creates an account and its hosted page. Not idempotent: a repeat creates a second account,
   * unless `alias` is taken.
   */
  createLink(
    link: NewAccount & { connectionData?: Record<string, string> },
    signal?: AbortSignal,
  ): Promise<Link>;

  /**
   * Creates an account from what the user or the backend has given (`initiate`). Not idempotent,
   * like `createLink`. No error contains a value of `scheme.val`, even if Composio quotes it.
   */
  createAccount(
    account: NewAccount & { scheme: AuthScheme },
    signal?: AbortSignal,
  ): Promise<CreatedAccount>;

  /**
   * Sets the alias of an account; the empty string removes it. Safe to repeat. Null when it reads
   * 404.
   */
  setAlias(
    connectedAccountId: string,
    alias: string,
    signal?: AbortSignal,
  ): Promise<{ status: AccountStatus } | null>;

  /**
   * Changes credentials in place, for schemes that have any. Safe to repeat. Null when it reads
   * 404. No error contains a value of `val`, even if Composio quotes it.
   */
  patchCredentials(
    connectedAccountId: string,
    change: CredentialChange,
    signal?: AbortSignal,
  ): Promise<{ status: AccountStatus } | null>;

  /**
   * Sets which users may use a SHARED account. For another account it fails with `acl_on_private`.
   * A list that is left out stays; an empty list clears it. Safe to repeat. Null when it reads 404.
   */
  setSharing(
    connectedAccountId: string,
    sharing: Sharing,
    signal?: AbortSignal,
  ): Promise<{ status: AccountStatus } | null>;

  /**
   * Disables an ACTIVE account or enables an INACTIVE one. Safe to repeat. A refusal is an
   * ApiError: it `isGone`, is `leased` (another operation holds the account for a moment), or is an
   * `invalid_transition` (final).
   */
  setEnabled(
    connectedAccountId: string,
    enabled: boolean,
    signal?: AbortSignal,
  ): Promise<Acknowledgement>;

  /**
   * Revokes the grant of an ACTIVE account at the provider. That may revoke the grants of other
   * accounts of the same person there. Safe to repeat: a REVOKED account has nothing left to
   * revoke. The status of an ApiError gives the reason:
   *
   * - 400: the toolkit cannot revoke.
   * - 409: the account's status does not allow it (`leased`: not at this moment).
   * - 500: the provider did not revoke.
   * - `isGone`: the account or its auth config does not exist.
   */
  revokeAccount(connectedAccountId: string, signal?: AbortSignal): Promise<Revocation>;

  /**
   * Restarts the authorization of an account, or renews it silently. The API has been documented
   * both ways, so read the account to see what happened. On an ACTIVE account it may break the
   * account. `redirectUrl` is a capability. Null when it reads 404.
   */
  refreshAccount(
    connectedAccountId: string,
    options?: { redirectUrl?: string; validateCredentials?: boolean },
    signal?: AbortSignal,
  ): Promise<{ status: AccountStatus; redirectUrl: string | null } | null>;

  /**
   * Executes a tool with one account. Composio cannot recognize a repeat, so do not repeat blindly
   * after an `ambiguous` failure. No error contains an argument.
   */
  executeTool(call: ToolCall, signal?: AbortSignal): Promise<ToolAnswer>;

  /**
   * Completes an authorization: says to Composio which user came back from the provider, before it
   * exchanges the code. For projects with a callback verifier. Not safe to repeat, because any
   * answer uses up the session. Read the account instead.
   */
  completeAuth(
    session: { sessionUri: string; userId: string },
    signal?: AbortSignal,
  ): Promise<{ connectedAccountId: string }>;

  /**
   * Deletes an account; 404 counts as success. Without `revokeOnDelete` the grant stays alive at
   * the provider. With it Composio queues a revocation whose result cannot be read.
   */
  deleteAccount(
    connectedAccountId: string,
    options: { revokeOnDelete: boolean },
    signal?: AbortSignal,
  ): Promise<Acknowledgement>;
}
