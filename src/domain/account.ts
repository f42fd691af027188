/** Composio's seven statuses of a connected account. Mooring reads any later one as `UNKNOWN`. */
export const accountStatuses = [
  'INITIALIZING',
  'INITIATED',
  'ACTIVE',
  'FAILED',
  'EXPIRED',
  'INACTIVE',
  'REVOKED',
] as const;

export type AccountStatus = (typeof accountStatuses)[number] | 'UNKNOWN';

/**
 * What Mooring knows about a connected account. Nothing in it can be used to act as its user:
 * `src/composio` drops `state`, `data` and `params`, and shortens and masks `statusReason`.
 */
export interface AccountSnapshot {
  id: string;
  /**
   * Null if the API does not return the account's user, and Mooring did not look it up in the list.
   * See `src/composio/read-accounts.ts`.
   */
  userId: string | null;
  authConfigId: string;
  toolkit: string;
  status: AccountStatus;
  statusReason: string | null;
  alias: string | null;
  accountType: 'PRIVATE' | 'SHARED';
  createdAt: string;
  /** When the account or its tokens last changed. Absent if the API does not return it. */
  updatedAt?: string;
  /** For example `OAUTH2`. Absent if the API does not return it. */
  authScheme?: string;
  /**
   * The person at the toolkit, if the API returns it. Absent in histories that were written before
   * Mooring read this field.
   */
  identity?: AccountIdentity | null;
  /** Who else may use a SHARED account. Absent if the API does not return it. */
  sharing?: Sharing;
}

/** An account whose owner is known. */
export type OwnedSnapshot = AccountSnapshot & { userId: string };

export function isOwnedBy(row: AccountSnapshot, userId: string): row is OwnedSnapshot {
  return row.userId === userId;
}

/** The person at the toolkit: a masked label to show, and a keyed hash to compare. */
export interface AccountIdentity {
  label: string;
  hash: string;
}

/**
 * Who may use a SHARED account besides its owner. `notAllowedUserIds` wins over the other fields.
 * An omitted list is empty.
 */
export interface Sharing {
  allowAllUsers?: boolean;
  allowedUserIds?: string[];
  notAllowedUserIds?: string[];
}

/** The prefix of Mooring's own aliases. Mooring never reports them as the caller's alias. */
export const markerPrefix = 'mooring-';
const replacedPrefix = `${markerPrefix}replaced-`;

/**
 * The alias of a replaced account. It ensures that no connection resolves to this account again.
 */
export function replacedAlias({ id }: Pick<AccountSnapshot, 'id'>): string {
  return `${replacedPrefix}${id.slice(-20)}`;
}

export function isReplaced(row: AccountSnapshot): boolean {
  return row.alias?.startsWith(replacedPrefix) ?? false;
}

/**
 * Whether the account is EXPIRED because its user did not finish the authorization within ten
 * minutes; no grant died. An account that was ACTIVE before reads the same if its user started
 * re-authentication and did not finish it.
 */
export function isAbandoned({
  status,
  statusReason,
}: Pick<AccountSnapshot, 'status' | 'statusReason'>): boolean {
  // Composio rewords this free text. All known texts for a dead grant mention tokens or auth
  // failures.
  const words = /initiation|before authorization was started|started but not completed/i;
  return status === 'EXPIRED' && words.test(statusReason ?? '');
}

/** The caller's alias of an account. Null if the account still has one of Mooring's own aliases. */
export function callersAlias(row: Pick<AccountSnapshot, 'alias'>): string | null {
  return row.alias?.startsWith(markerPrefix) ? null : row.alias || null;
}

/**
 * The account behind a connection. `rows` are all accounts of its user and auth config. Among
 * those with the connection's alias, an ACTIVE one wins, then the newest.
 */
export function accountOf(
  rows: readonly AccountSnapshot[],
  alias: string | null,
): AccountSnapshot | null {
  const candidates = rows.filter((row) => !isReplaced(row) && callersAlias(row) === alias);
  const rank = (row: AccountSnapshot) => (row.status === 'ACTIVE' ? 1 : 0);
  const [first] = candidates.sort(
    (a, b) => rank(b) - rank(a) || Date.parse(b.createdAt) - Date.parse(a.createdAt),
  );
  return first ?? null;
}

/**
 * Whether a revocation of `of` may also revoke the grant of `row`. `row` must be another ACTIVE
 * account of the same user and auth config, and not known to be of another person at the toolkit.
 * Many providers revoke everything that a person granted to a client at once.
 */
export function isSibling(row: AccountSnapshot, of: AccountSnapshot): boolean {
  if (row.id === of.id || row.status !== 'ACTIVE') return false;
  return hasSameIdentity(row, of) !== false;
}

/**
 * Whether two accounts belong to the same person at the toolkit. Null if the API does not return
 * the identity of both.
 */
export function hasSameIdentity(a: AccountSnapshot, b: AccountSnapshot): boolean | null {
  return a.identity && b.identity ? a.identity.hash === b.identity.hash : null;
}

/**
 * Whether an account is shared with no more users than `asked` allows. An omitted list is empty.
 */
export function isSharedWithin(row: AccountSnapshot, asked: Sharing | undefined): boolean {
  if (row.accountType === 'PRIVATE') return true;
  const { sharing } = row;
  if (asked === undefined || sharing === undefined) return false;
  const stillDenied = new Set(sharing.notAllowedUserIds);
  if (!(asked.notAllowedUserIds ?? []).every((id) => stillDenied.has(id))) return false;
  if (asked.allowAllUsers) return true;
  const allowed = new Set(asked.allowedUserIds);
  return !sharing.allowAllUsers && (sharing.allowedUserIds ?? []).every((id) => allowed.has(id));
}

/** An account and its owner. For any other user, Mooring answers as if it did not exist. */
export interface OwnedAccount {
  userId: string;
  connectedAccountId: string;
}

/** The account to write to, with the owner that is compared before each write. */
export interface AccountTarget extends OwnedAccount {
  authConfigId?: string;
}

/** Whether a row is this account, and still belongs to this user and auth config. */
export function isTarget(row: AccountSnapshot, target: AccountTarget): row is OwnedSnapshot {
  const { connectedAccountId, userId, authConfigId } = target;
  const isSameConfig = authConfigId === undefined || row.authConfigId === authConfigId;
  return row.id === connectedAccountId && isOwnedBy(row, userId) && isSameConfig;
}
