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
  userId: string;
  authConfigId: string;
  toolkit: string;
  status: AccountStatus;
  statusReason: string | null;
  alias: string | null;
  accountType: 'PRIVATE' | 'SHARED';
  createdAt: string;
  /** Whose account it is at the toolkit, where the API tells. Histories of before this was read lack it. */
  identity?: AccountIdentity | null;
  /** Who else may use a SHARED account, where the API tells. */
  sharing?: Sharing;
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
const markerPrefix = 'mooring-';

/** The caller's alias of a row: none while it still bears a marker of ours. */
export function callersAlias(row: AccountSnapshot): string | null {
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
  const candidates = rows.filter((row) => callersAlias(row) === alias);
  const rank = (row: AccountSnapshot) => (row.status === 'ACTIVE' ? 1 : 0);
  const [first] = candidates.sort(
    (a, b) => rank(b) - rank(a) || Date.parse(b.createdAt) - Date.parse(a.createdAt),
  );
  return first ?? null;
}
