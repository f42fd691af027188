import { randomBytes } from 'node:crypto';
import { type Account, type AccountStatus, isPending, type NewAccount } from './account.ts';
import type { Clock } from './clock.ts';
import { type Cause, type WriteEntry, WriteLog } from './write-log.ts';

/** The rows and their write log. Every change of an account goes through here. */
export class Accounts {
  private readonly clock: Clock;
  private readonly rows = new Map<string, Account>();
  private readonly byUser = new Map<string, Account[]>();
  private readonly pending = new Set<Account>();
  private readonly log = new WriteLog();
  private touches = 0;
  /** When the next pending account expires, at the earliest. */
  private nextDue = Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  create(fields: NewAccount, op: 'link' | 'create', cause: Cause): Account {
    const now = this.clock.now();
    const account: Account = {
      ...fields,
      seq: this.rows.size + 1,
      touched: ++this.touches,
      id: `ca_${randomBytes(9).toString('hex')}`,
      createdAt: now,
      updatedAt: now,
      deleted: false,
      everActive: fields.status === 'ACTIVE',
      tokens: null,
      person: null,
    };
    this.rows.set(account.id, account);
    const ofUser = this.byUser.get(account.userId);
    if (ofUser) ofUser.push(account);
    else this.byUser.set(account.userId, [account]);
    this.watch(account);
    this.record(op, account, null, cause);
    return account;
  }

  /** The row, deleted or not. */
  find(id: string): Account | undefined {
    this.expireDue();
    return this.rows.get(id);
  }

  /** Rows of these users, or of everybody, in creation order; deleted ones included. */
  list(userIds?: readonly string[]): Account[] {
    this.expireDue();
    if (userIds === undefined) return [...this.rows.values()];
    const rows = [...new Set(userIds)].flatMap((userId) => this.byUser.get(userId) ?? []);
    return rows.sort((a, b) => a.seq - b.seq);
  }

  /** The row of this user and toolkit that holds the alias. */
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

  setStatus(account: Account, status: AccountStatus, reason: string | null, cause: Cause): void {
    const before = account.status;
    this.touch(account);
    account.status = status;
    account.statusReason = reason;
    if (status === 'ACTIVE') account.everActive = true;
    this.watch(account);
    this.record('status', account, before, cause);
  }

  /** Hides the row. `revoked` of the entry it returns may still be set once the provider has answered. */
  delete(account: Account, cause: Cause): WriteEntry {
    this.touch(account);
    account.deleted = true;
    this.pending.delete(account);
    return this.record('delete', account, account.status, cause);
  }

  /** Expires what is due. Called before every read, so that no timer decides what a read sees. */
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

  private watch(account: Account): void {
    if (isPending(account)) {
      this.pending.add(account);
      this.nextDue = Math.min(this.nextDue, account.expiresAt);
    } else {
      this.pending.delete(account);
    }
  }

  private touch(account: Account): void {
    account.touched = ++this.touches;
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
