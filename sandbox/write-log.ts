import type { AccountStatus } from './account.ts';

/**
 * Who changed an account: a caller of the API, the person on the pages, the clock, Composio's own
 * renewal, or a test.
 */
export interface Cause {
  by: 'api' | 'person' | 'clock' | 'renewal' | 'control';
  /** The API call of the change. */
  requestId: string | null;
}

export interface WriteEntry extends Cause {
  seq: number;
  at: number;
  op: 'link' | 'create' | 'patch' | 'status' | 'renew' | 'delete';
  accountId: string;
  userId: string;
  authConfigId: string;
  alias: string | null;
  statusBefore: AccountStatus | null;
  statusAfter: AccountStatus;
  /** This write ended a grant at the provider. */
  revoked: boolean;
}

/** Every change of every account, in order. */
export class WriteLog {
  private readonly entries: WriteEntry[] = [];
  /** Counted apart from the entries, so that missing entries are noticed. */
  count = 0;

  add(entry: Omit<WriteEntry, 'seq'>): WriteEntry {
    const numbered = { seq: ++this.count, ...entry };
    this.entries.push(numbered);
    return numbered;
  }

  list(userId?: string): WriteEntry[] {
    return this.entries.filter((entry) => userId === undefined || entry.userId === userId);
  }
}
