import type { Clock } from './clock.ts';

/** One call of the API, also when it was dropped or never answered. */
export interface CallEntry {
  at: number;
  /** Method and path pattern, e.g. `GET /connected_accounts/:id`. */
  route: string;
  accountId: string | null;
  /** The user named by body or filter (commas as sent), or the owner of the account named by the path. */
  userId: string | null;
  /** Null while there is no answer. */
  status: number | null;
  fault: string | null;
  requestId: string;
}

export class CallLog {
  private readonly clock: Clock;
  private entries: CallEntry[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  begin(call: Pick<CallEntry, 'route' | 'accountId' | 'userId' | 'requestId'>): CallEntry {
    const entry = { at: this.clock.now(), ...call, status: null, fault: null };
    this.entries.push(entry);
    return entry;
  }

  list(userId?: string): CallEntry[] {
    return this.entries.filter((entry) => userId === undefined || entry.userId === userId);
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { route } of this.entries) counts[route] = (counts[route] ?? 0) + 1;
    return counts;
  }

  reset(): void {
    this.entries = [];
  }
}
