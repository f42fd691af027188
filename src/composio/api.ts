import type { AccountSnapshot, AccountStatus, OwnedSnapshot, Sharing } from '../domain/account.ts';
import type { AccountPageQuery } from '../domain/account-filter-schema.ts';
import type { RevokedToken } from '../domain/disconnect/disconnect.ts';
import type { AuthScheme, AuthSchemeName } from '../domain/auth-schemes.ts';

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

/** A row of the list that does not keep to the contract. */
export interface UnreadableRow {
  /** Null: not even that can be read. */
  id: string | null;
  /** Null: the API does not say. */
  userId: string | null;
  /** What is wrong in it: a path, and never a value. */
  field: string;
}

/** One page of the list. */
export interface AccountPage {
  rows: AccountSnapshot[];
  /** Check these before you conclude from the list that an account does not exist. */
  unreadable: UnreadableRow[];
  /** How many rows the API gave, those that were not meant included. */
  seen: number;
  /** The cursor of the next page; null after the last one. */
  next: string | null;
  /** How many rows the whole list has, where the API says so. */
  total?: number;
}

/** New credentials for an account of this scheme: fields left out stay, null takes one away. */
export interface CredentialChange {
  authScheme: AuthSchemeName;
  val: Record<string, unknown>;
}

/** What was said of a call: Composio's id of it, for its support, where it tells. */
export interface Acknowledged {
  requestId: string | null;
}

/** What a revocation has answered. */
export interface Revocation extends Acknowledged {
  /** Kinds of what was ended at the provider, never itself. Empty: there was nothing left to end. */
  revokedTokens: RevokedToken[];
  status: AccountStatus;
}

/** One call of a tool with one account. Arguments are the user's data, and so is the answer. */
export interface ToolCall {
  /** The tool's slug: `GMAIL_SEND_EMAIL`. */
  tool: string;
  /** The user who acts: the account's owner, or one whom its sharing allows. */
  userId: string;
  connectedAccountId: string;
  arguments: Record<string, unknown>;
  /** Which version of the tool; Composio's default otherwise. */
  version?: string;
  /** How long the tool may take (default: a minute). After it, nobody knows whether it ran. */
  timeoutMs?: number;
}

/** What a tool answered. With `successful: false` it ran, and the toolkit refused or failed. */
export interface ToolAnswer {
  successful: boolean;
  data: Record<string, unknown>;
  /** The toolkit's own words. May hold anything. */
  error: string | null;
  /** Composio's id of this run, for its log. */
  logId: string | null;
}

/** Whose an account should be. */
export interface SupposedOwner {
  userId: string;
  /** It was made for this user, or found to be theirs before: the list is not asked. */
  isKnown?: boolean;
}

/**
 * The part of Composio that Mooring speaks, in Mooring's words. Each call makes exactly one HTTP
 * request (`listAccounts`: one a page; more where the API does not say whose an account is) and throws
 * `ApiError`; Temporal owns all retries.
 */
export interface ComposioApi {
  /**
   * Every account of this user and auth config, of every account type, all pages. Rows of anybody
   * else that the filter let through are dropped: a filter is a hint.
   */
  listAccounts(
    filter: { userId: string; authConfigId: string },
    signal?: AbortSignal,
  ): Promise<OwnedSnapshot[]>;

  /**
   * One page of the accounts that a filter means; rows that it did not mean are dropped, so a page may be
   * empty and not the last one. A cursor belongs to the query that it came from. Filtered by one user, every
   * row has its owner; else those have none of which the API does not say it.
   */
  pageAccounts(query: AccountPageQuery, signal?: AbortSignal): Promise<AccountPage>;

  /**
   * One account, or null when it reads 404: deleted, or never there. If the API does not return its user, two more
   * calls ask the list whether it is `owner`'s, unless that is known. If it is not, the account returned has no owner.
   */
  getAccount(
    connectedAccountId: string,
    signal?: AbortSignal,
    owner?: SupposedOwner,
  ): Promise<AccountSnapshot | null>;

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

  /**
   * Changes credentials in place, for schemes that have any. Safe to repeat. Null when it reads 404. No
   * value of `val` ever stands in an error, also when Composio quotes it.
   */
  patchCredentials(
    connectedAccountId: string,
    change: CredentialChange,
    signal?: AbortSignal,
  ): Promise<{ status: AccountStatus } | null>;

  /**
   * Says who may use a SHARED account (`acl_on_private` for another): what is left out stays, an empty
   * list empties it. Safe to repeat. Null when it reads 404.
   */
  setSharing(
    connectedAccountId: string,
    sharing: Sharing,
    signal?: AbortSignal,
  ): Promise<{ status: AccountStatus } | null>;

  /**
   * Disables an ACTIVE account or enables an INACTIVE one. Safe to repeat. A refusal is an ApiError that
   * `isGone`, is `leased` (another operation has it for a moment) or an `invalid_transition` (final).
   */
  setEnabled(
    connectedAccountId: string,
    enabled: boolean,
    signal?: AbortSignal,
  ): Promise<Acknowledged>;

  /**
   * Ends the grant of an ACTIVE account at the provider, and perhaps that of others of the same person
   * there. Safe to repeat: of a REVOKED account nothing is left to end. An ApiError of status 400 says that
   * its toolkit cannot, 409 that its status does not allow it (`leased`: not at this moment), 500 that the
   * provider did not do it; one that `isGone` may also mean that its auth config is.
   */
  revokeAccount(connectedAccountId: string, signal?: AbortSignal): Promise<Revocation>;

  /**
   * Starts the authorisation of an account anew, or renews it silently: the API has been documented both
   * ways, so only a read tells what it did. Called on an ACTIVE account it may break it. `redirectUrl` is
   * a capability. Null when it reads 404.
   */
  refreshAccount(
    connectedAccountId: string,
    options?: { redirectUrl?: string; validateCredentials?: boolean },
    signal?: AbortSignal,
  ): Promise<{ status: AccountStatus; redirectUrl: string | null } | null>;

  /**
   * Executes a tool with one account. Nothing tells two runs of it apart: a failure that is `ambiguous`
   * must not be repeated blindly. No argument ever stands in an error.
   */
  executeTool(call: ToolCall, signal?: AbortSignal): Promise<ToolAnswer>;

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
  ): Promise<Acknowledged>;
}
