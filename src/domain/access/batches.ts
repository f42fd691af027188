import type { AccountSnapshot, AccountStatus } from '../account.ts';
import type { EndPolicy, EndReason, EndReceipt } from '../disconnect/disconnect.ts';
import type { EndMemory } from '../disconnect/memory.ts';

/** An account as a listing found it: written ahead of the batch that touches it, so that a retry knows what was so before. */
export type ListedAccount = Pick<
  AccountSnapshot,
  'id' | 'authConfigId' | 'toolkit' | 'createdAt'
> & { statusBefore: AccountStatus };

/** A part of a listing. */
export interface ListedPage {
  accounts: ListedAccount[];
  next: string | null;
  /** Ids of this user's accounts whose rows cannot be read; absent: there are none. */
  unreadable?: string[];
}

/** Not settled by its batch, and handed over with what that has done to it: else its proof would be lost. */
export type LeftAccount = ListedAccount & { memory?: EndMemory };

/** What became of accounts that were to be disabled. */
export interface PauseReport {
  /** ACTIVE before, and INACTIVE now by us: what is to be given back. */
  paused: string[];
  /** Was not ACTIVE any more when it was read just before, is being ended, or was never read. */
  left: string[];
  gone: string[];
  /** Written to, and not read so: ACTIVE still, or INACTIVE by us. To be given back like those paused. */
  uncertain: string[];
}

/** What became of accounts that were to be given back. */
export interface GiveBackReport {
  /** INACTIVE before, and read ACTIVE back. */
  given: string[];
  enabledByHand: string[];
  /** Died or was ended meanwhile. */
  dead: { id: string; status: AccountStatus }[];
  gone: string[];
  /** Not read ACTIVE back in time, or held by a run that ends it. */
  uncertain: string[];
}

/** What `userAccess` asks of the API and of Temporal, each in batches that a retry may repeat. */
export interface AccessActivities {
  /** Every account of this user, of every type and status, 500 rows at a time, oldest first. */
  listUserAccounts(page: { userId: string; cursor?: string }): Promise<ListedPage>;
  /** Disables what is ACTIVE of these. At most 100 at a time. */
  pauseAccounts(batch: { userId: string; accounts: ListedAccount[] }): Promise<PauseReport>;
  /** Enables what is INACTIVE of these, and reads it back. At most 100 at a time. */
  giveBackAccounts(batch: { userId: string; accounts: ListedAccount[] }): Promise<GiveBackReport>;
  /** Ends these by `nextStep`; what cannot be settled soon is `left` for a run of its own. At most 100 at a time. */
  endAccounts(batch: {
    userId: string;
    accounts: LeftAccount[];
    policy: EndPolicy;
    reason: EndReason;
    actor: string | null;
    note: string | null;
  }): Promise<{ receipts: EndReceipt[]; left: LeftAccount[] }>;
  /** Has every open attempt of this user cancelled; how many there were. */
  hurryConnects(user: { userId: string }): Promise<number>;
  /** SHARED accounts of others whose lists name this user. */
  listSharedMentions(user: { userId: string }): Promise<{ id: string; list: string }[]>;
  /** How many users have begun since then to lose their access, by visibility. */
  countEndings(since: { since: string }): Promise<number>;
  /** The backend's word. Throws when it gives none. */
  checkEntitlement(user: { userId: string }): Promise<{ entitled: boolean }>;
}
