import { randomBytes } from 'node:crypto';
import {
  type Account,
  type AccountStatus,
  isPending,
  newAccount,
  type NewAccount,
} from './account.ts';
import { disabledReason } from './auth-configs.ts';
import { Bulk, type BulkPlan } from './bulk.ts';
import type { Clock } from './clock.ts';
import { type RowFilter, RowIndex } from './row-index.ts';
import { type Cause, type WriteEntry, WriteLog } from './write-log.ts';

/** Which rows the list returns, and where it starts. */
export interface PageQuery {
  filter: RowFilter;
  userIds?: readonly string[] | undefined;
  ids?: readonly string[] | undefined;
  orderBy: 'seq' | 'touched';
  ascending: boolean;
  /** `seq` or `touched` of the last row of the previous page. */
  after: number | null;
  limit: number;
}

/** The rows and their write log. Every change of an account goes through this class. */
export class Accounts {
  private readonly clock: Clock;
  private readonly stored = new Map<number, Account>();
  private readonly seqs = new Map<string, number>();
  private readonly seqsOfUser = new Map<string, number[]>();
  private readonly bulks: Bulk[] = [];
  private readonly index = new RowIndex();
  /** Row numbers in the order of their last change; zero where a row has moved on. */
  private readonly touches = [0];
  private readonly pending = new Set<Account>();
  private readonly log = new WriteLog();
  private rows = 0;
  /** The earliest time at which a pending account expires. */
  private nextDue = Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  create(fields: NewAccount, op: 'link' | 'create', cause: Cause): Account {
    const account = newAccount({
      ...fields,
      seq: ++this.rows,
      touched: this.touches.push(this.rows) - 1,
      id: `ca_${randomBytes(9).toString('hex')}`,
      createdAt: this.clock.now(),
    });
    this.stored.set(account.seq, account);
    this.seqs.set(account.id, account.seq);
    const ofUser = this.seqsOfUser.get(account.userId);
    if (ofUser) ofUser.push(account.seq);
    else this.seqsOfUser.set(account.userId, [account.seq]);
    this.index.add(account);
    this.watch(account);
    this.record(op, account, null, cause);
    return account;
  }

  /** Adds rows without log entries. Returns how many of each status there are. */
  createBulk(plan: BulkPlan): Partial<Record<AccountStatus, number>> {
    const bulk = new Bulk(plan, this.rows + 1, this.touches.length);
    const counts: Partial<Record<AccountStatus, number>> = {};
    this.bulks.push(bulk);
    this.rows += plan.count;
    for (let seq = bulk.first; seq <= this.rows; seq++) {
      const status = bulk.statusOf(seq);
      this.index.add({ seq, status, authConfig: bulk.authConfigOf(seq), acl: null });
      this.touches.push(seq);
      counts[status] = (counts[status] ?? 0) + 1;
      // A pending row expires at its time, so it must be stored and watched.
      if (isPending({ status, deleted: false })) this.watch(this.keep(bulk.row(seq)));
    }
    return counts;
  }

  /** The row for a change, deleted or not. */
  find(id: string): Account | undefined {
    this.expireDue();
    const seq = this.seqOf(id);
    return seq === undefined ? undefined : this.keep(this.row(seq));
  }

  /** Read-only rows of these users, or of all, in creation order, deleted ones included. */
  list(userIds?: readonly string[]): Account[] {
    this.expireDue();
    const seqs = userIds
      ? this.seqsOf(userIds)
      : Array.from({ length: this.rows }, (_, at) => at + 1);
    return seqs.map((seq) => this.row(seq));
  }

  /** Rows that were created or read one by one, deleted ones included. */
  kept(): Iterable<Account> {
    return this.stored.values();
  }

  /** One page of the rows that are not deleted, the total, and whether more follow. */
  page(query: PageQuery): { rows: Account[]; total: number; more: boolean } {
    this.expireDue();
    const { orderBy, ascending, limit } = query;
    const after = query.after ?? (ascending ? 0 : Infinity);
    const selection = this.index.select(query.filter);
    const named = this.named(query)?.filter((seq) => selection.has(seq));
    const take = (seqs: Iterable<number>) => {
      const rows: Account[] = [];
      for (const seq of seqs) {
        if (rows.length === limit) return { rows, more: true };
        rows.push(this.row(seq));
      }
      return { rows, more: false };
    };
    if (named) {
      const rows = named
        .map((seq) => this.row(seq))
        .sort((a, b) => (ascending ? a[orderBy] - b[orderBy] : b[orderBy] - a[orderBy]))
        .filter((row) => (ascending ? row[orderBy] > after : row[orderBy] < after));
      return { rows: rows.slice(0, limit), total: named.length, more: rows.length > limit };
    }
    const total = selection.size;
    if (orderBy === 'touched') {
      return { ...take(this.touched(ascending, after, (seq) => selection.has(seq))), total };
    }
    const seqs = ascending ? selection.ascending(after) : selection.descending(after);
    return { ...take(seqs), total };
  }

  /** The read-only row of this user and toolkit that has the alias. */
  holderOf(
    alias: string,
    { userId, authConfig: { toolkit } }: Pick<Account, 'userId' | 'authConfig'>,
    deletedHold: boolean,
  ): Account | undefined {
    return this.list([userId]).find(
      (row) =>
        row.alias === alias && row.authConfig.toolkit === toolkit && (deletedHold || !row.deleted),
    );
  }

  patch(
    account: Account,
    changes: Partial<Pick<Account, 'alias' | 'acl' | 'values'>>,
    cause: Cause,
  ): void {
    this.touch(account);
    Object.assign(account, changes);
    this.record('patch', account, account.status, cause);
  }

  /**
   * Changes a row. The caller may still set `revoked` of the returned entry. A row that becomes
   * ACTIVE while its auth config is disabled is INACTIVE until that is enabled again.
   */
  setStatus(
    account: Account,
    status: AccountStatus,
    reason: string | null,
    cause: Cause,
    op: 'status' | 'renew' = 'status',
  ): WriteEntry {
    const before = account.status;
    this.touch(account);
    const isHeld = status === 'ACTIVE' && account.authConfig.disabled;
    account.status = isHeld ? 'INACTIVE' : status;
    account.statusReason = isHeld ? disabledReason : reason;
    if (status === 'ACTIVE') account.everActive = true;
    this.index.move(account, before);
    this.watch(account);
    return this.record(op, account, before, cause);
  }

  /**
   * Hides the row. The caller may still set `revoked` of the returned entry once the provider has
   * answered.
   */
  delete(account: Account, cause: Cause): WriteEntry {
    this.touch(account);
    account.deleted = true;
    this.index.remove(account);
    this.pending.delete(account);
    return this.record('delete', account, account.status, cause);
  }

  /**
   * Expires rows whose time is over. It runs before every read, so no timer decides what a read
   * returns.
   */
  expireDue(): void {
    const now = this.clock.now();
    if (now < this.nextDue) return;
    this.nextDue = Infinity;
    for (const account of this.pending) {
      if (account.expiresAt > now) {
        this.nextDue = Math.min(this.nextDue, account.expiresAt);
        continue;
      }
      const reason =
        account.status === 'INITIALIZING'
          ? 'Connection expired before authorization was started'
          : 'Authorization was started but not completed within 10 minutes';
      this.setStatus(account, 'EXPIRED', reason, { by: 'clock', requestId: null });
    }
  }

  writes(userId?: string): WriteEntry[] {
    this.expireDue();
    return this.log.list(userId);
  }

  writeCount(): number {
    return this.log.count;
  }

  private row(seq: number): Account {
    const row = this.stored.get(seq) ?? this.bulks.find((bulk) => bulk.has(seq))?.row(seq);
    if (!row) throw new Error(`no row ${seq}`);
    return row;
  }

  private keep(row: Account): Account {
    this.stored.set(row.seq, row);
    return row;
  }

  private seqOf(id: string): number | undefined {
    const seq = this.seqs.get(id);
    if (seq !== undefined) return seq;
    for (const bulk of this.bulks) {
      const seq = bulk.seqOf(id);
      if (seq !== undefined) return seq;
    }
    return undefined;
  }

  private seqsOf(userIds: readonly string[]): number[] {
    const seqs = [...new Set(userIds)].flatMap((userId) => [
      ...(this.seqsOfUser.get(userId) ?? []),
      ...this.bulks.flatMap((bulk) => bulk.seqsOf(userId)),
    ]);
    return seqs.sort((a, b) => a - b);
  }

  /** The rows that a query names by user or by id; undefined if it names none. */
  private named({ userIds, ids }: PageQuery): number[] | undefined {
    const byId = ids && new Set(ids.flatMap((id) => this.seqOf(id) ?? []));
    if (userIds === undefined) return byId && [...byId];
    return this.seqsOf(userIds).filter((seq) => byId?.has(seq) ?? true);
  }

  private *touched(
    ascending: boolean,
    after: number,
    wanted: (seq: number) => boolean,
  ): Generator<number> {
    const step = ascending ? 1 : -1;
    const first = ascending ? after + 1 : Math.min(after, this.touches.length) - 1;
    for (let at = first; at > 0 && at < this.touches.length; at += step) {
      const seq = this.touches[at];
      if (seq && wanted(seq)) yield seq;
    }
  }

  private watch(account: Account): void {
    if (isPending(account)) {
      this.pending.add(account);
      this.nextDue = Math.min(this.nextDue, account.expiresAt);
    } else {
      this.pending.delete(account);
    }
  }

  private touch(account: Account): void {
    this.touches[account.touched] = 0;
    account.touched = this.touches.push(account.seq) - 1;
    account.updatedAt = this.clock.now();
  }

  private record(
    op: WriteEntry['op'],
    account: Account,
    statusBefore: AccountStatus | null,
    cause: Cause,
  ): WriteEntry {
    return this.log.add({
      at: this.clock.now(),
      ...cause,
      op,
      accountId: account.id,
      userId: account.userId,
      authConfigId: account.authConfig.id,
      alias: account.alias,
      statusBefore,
      statusAfter: account.status,
      revoked: false,
    });
  }
}
