/** Composio's seven statuses of a connected account, and ours for any it adds later. */
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
 * What Mooring knows of a connected account: nothing that could be used to act as its user.
 * `state`, `data` and `params` stay behind in `src/composio`; `statusReason` is cut and masked there.
 */
export interface AccountSnapshot {
  id: string;
  /** Null if the API does not return its user, and the list was not asked: see `src/composio/ownership.ts`. */
  userId: string | null;
  authConfigId: string;
  toolkit: string;
  status: AccountStatus;
  statusReason: string | null;
  alias: string | null;
  accountType: 'PRIVATE' | 'SHARED';
  createdAt: string;
  /** When anything of it has changed last, its tokens included, where the API tells. */
  updatedAt?: string;
  /** `OAUTH2` and so on, where the API tells. */
  authScheme?: string;
  /** Whose account it is at the toolkit, where the API tells. Histories of before this was read lack it. */
  identity?: AccountIdentity | null;
  /** Who else may use a SHARED account, where the API tells. */
  sharing?: Sharing;
}

/** An account whose owner is known. */
export type OwnedSnapshot = AccountSnapshot & { userId: string };

export function isOwnedBy(row: AccountSnapshot, userId: string): row is OwnedSnapshot {
  return row.userId === userId;
}

/** The person at the toolkit: a masked label for people, and a keyed hash to compare by. */
export interface AccountIdentity {
  label: string;
  hash: string;
}

/**
 * Who may use a SHARED account beside its owner. A denied user stays denied whatever else is said;
 * a list that is left out is empty.
 */
export interface Sharing {
  allowAllUsers?: boolean;
  allowedUserIds?: string[];
  notAllowedUserIds?: string[];
}

/** Mooring's own aliases begin so; they are no alias of the caller's. */
export const markerPrefix = 'mooring-';
const replacedPrefix = `${markerPrefix}replaced-`;

/** What a replaced account bears from then on: so that no connection is ever taken to be this account again. */
export function replacedAlias({ id }: Pick<AccountSnapshot, 'id'>): string {
  return `${replacedPrefix}${id.slice(-20)}`;
}

export function isReplaced(row: AccountSnapshot): boolean {
  return row.alias?.startsWith(replacedPrefix) ?? false;
}

/**
 * EXPIRED by its first ten minutes: an authorisation that nobody finished, and no grant that died. The same
 * is said of an account that was ACTIVE once and was authorised anew, by nobody in the end.
 */
export function isAbandoned({
  status,
  statusReason,
}: Pick<AccountSnapshot, 'status' | 'statusReason'>): boolean {
  // Free text that Composio rewords; all known wordings of the other kind speak of tokens and auth failures.
  const words = /initiation|before authorization was started|started but not completed/i;
  return status === 'EXPIRED' && words.test(statusReason ?? '');
}

/** The caller's alias of a row: none while it still bears a marker of ours. */
export function callersAlias(row: Pick<AccountSnapshot, 'alias'>): string | null {
  return row.alias?.startsWith(markerPrefix) ? null : row.alias || null;
}

/**
 * The account behind a connection, of all rows of its user and auth config: those with its alias,
 * ACTIVE before others, then the newest.
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
 * Whether ending the one may kill the other: both ACTIVE grants of one user and auth config, and of the
 * same person at the toolkit as far as the API tells. Many providers revoke the whole grant of a person
 * and a client at once.
 */
export function isSibling(row: AccountSnapshot, of: AccountSnapshot): boolean {
  if (row.id === of.id || row.status !== 'ACTIVE') return false;
  return sameIdentity(row, of) !== false;
}

/** Whether two accounts are of one person at the toolkit; null when the API does not tell of both. */
export function sameIdentity(a: AccountSnapshot, b: AccountSnapshot): boolean | null {
  return a.identity && b.identity ? a.identity.hash === b.identity.hash : null;
}

/** Whether an account is open to no more users than was asked for. A list that is left out is empty. */
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

/** An account, and whose it is: to anybody else it is as if it were not there. */
export interface OwnedAccount {
  userId: string;
  connectedAccountId: string;
}
