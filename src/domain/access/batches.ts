import type { AccountSnapshot, AccountStatus } from '../account.ts';
import type { DisconnectReceipt } from '../disconnect/disconnect.ts';
import type { RevocationPolicy, DisconnectReason } from '../disconnect/policy.ts';
import type { RevocationProgress } from '../disconnect/revocation-progress.ts';

/**
 * An account as a listing found it. It is in the history before a batch changes the account, so a
 * retry knows the earlier status.
 */
export type ListedAccount = Pick<
  AccountSnapshot,
  'id' | 'authConfigId' | 'toolkit' | 'createdAt'
> & { statusBefore: AccountStatus };

/** One page of a listing. */
export interface ListedPage {
  accounts: ListedAccount[];
  next: string | null;
  /** Ids of this user's accounts that cannot be read. Absent if there are none. */
  unreadable?: string[];
}

/**
 * An account that its batch did not settle. Its run gets the batch's progress, because otherwise
 * the proof would be lost.
 */
export type LeftAccount = ListedAccount & { memory?: RevocationProgress };

/** The result of pausing a batch of accounts. */
export interface PauseReport {
  /** Mooring changed these from ACTIVE to INACTIVE, and will restore them. */
  paused: string[];
  /** Not changed: no longer ACTIVE at the last reading, being disconnected, or never read. */
  left: string[];
  gone: string[];
  /** Disabled, but not read INACTIVE. Mooring restores them like the paused ones. */
  uncertain: string[];
}

/** The result of restoring a batch of accounts. */
export interface RestoreReport {
  /** INACTIVE before, and read ACTIVE after the restore. */
  given: string[];
  enabledByOthers: string[];
  /** The grant died or was revoked meanwhile. */
  dead: { id: string; status: AccountStatus }[];
  gone: string[];
  /** Not read ACTIVE in time, or held by a run that disconnects it. */
  uncertain: string[];
}

/** The activities of `userAccess`. Each is safe to retry. */
export interface AccessActivities {
  /** Lists the user's accounts of every type and status, oldest first, up to 500 rows per call. */
  listUserAccounts(page: { userId: string; cursor?: string }): Promise<ListedPage>;
  /** Disables those of these accounts that are ACTIVE. At most 100 per call. */
  pauseAccounts(batch: { userId: string; accounts: ListedAccount[] }): Promise<PauseReport>;
  /**
   * Enables those of these accounts that are INACTIVE, and reads them back. At most 100 per call.
   */
  restoreAccounts(batch: { userId: string; accounts: ListedAccount[] }): Promise<RestoreReport>;
  /**
   * Disconnects these accounts by `nextStep`. It returns accounts that it cannot settle soon in
   * `left`; each gets its own run. At most 100 per call.
   */
  revokeAndDeleteAccounts(batch: {
    userId: string;
    accounts: LeftAccount[];
    policy: RevocationPolicy;
    reason: DisconnectReason;
    actor: string | null;
    note: string | null;
  }): Promise<{ receipts: DisconnectReceipt[]; left: LeftAccount[] }>;
  /** Cancels every open attempt of this user. Returns their number. */
  cancelOpenAttempts(user: { userId: string }): Promise<number>;
  /** Lists the SHARED accounts of other users that name this user. */
  listSharedMentions(user: { userId: string }): Promise<{ id: string; list: string }[]>;
  /** Counts, in Temporal's visibility, the users who began to lose access since that time. */
  countUsersLosingAccess(since: { since: string }): Promise<number>;
  /** Asks the entitlement hook. Throws if it does not answer. */
  checkEntitlement(user: { userId: string }): Promise<{ entitled: boolean }>;
}
