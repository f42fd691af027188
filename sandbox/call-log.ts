import type { Clock } from './clock.ts';
import type { Settings } from './settings.ts';

/** One call of the API, including dropped and unanswered ones. */
export interface CallEntry {
  at: number;
  /** Method and path pattern, e.g. `GET /connected_accounts/:id`. */
  route: string;
  accountId: string | null;
  /**
   * The user named by body or filter (commas as sent), or the owner of the account named by the
   * path.
   */
  userId: string | null;
  /** Null while there is no answer. */
  status: number | null;
  fault: string | null;
  requestId: string;
}

export class CallLog {
  private readonly clock: Clock;
  private readonly settings: Settings;
  private entries: CallEntry[] = [];
  private readonly open = new Set<CallEntry>();
  private readonly byRoute = new Map<string, number>();
  private readonly byAnswer = new Map<string, number>();

  constructor(clock: Clock, settings: Settings) {
    this.clock = clock;
    this.settings = settings;
  }

  begin(call: Pick<CallEntry, 'route' | 'accountId' | 'userId' | 'requestId'>): CallEntry {
    const entry = { at: this.clock.now(), ...call, status: null, fault: null };
    if (this.settings.callLog === 'all') this.entries.push(entry);
    this.open.add(entry);
    increment(this.byRoute, entry.route);
    return entry;
  }

  /** Counts the status of the answer; `none` if it was dropped. */
  end(entry: CallEntry): void {
    this.open.delete(entry);
    increment(this.byAnswer, String(entry.status ?? 'none'));
  }

  /** Calls that have no answer yet. */
  pending(): CallEntry[] {
    return [...this.open];
  }

  list(userId?: string): CallEntry[] {
    return this.entries.filter((entry) => userId === undefined || entry.userId === userId);
  }

  counts(): Record<string, number> {
    return Object.fromEntries(this.byRoute);
  }

  answers(): Record<string, number> {
    return Object.fromEntries(this.byAnswer);
  }

  reset(): void {
    this.entries = [];
    this.byRoute.clear();
    this.byAnswer.clear();
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
