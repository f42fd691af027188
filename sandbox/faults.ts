import type { AccountStatus } from './account.ts';
import type { CallEntry } from './call-log.ts';

/** What the sandbox does instead of a plain answer. */
export type Fault =
  /** An error in the envelope, or `body` as it is. `applied`: the call is applied anyway. */
  | {
      kind: 'status';
      status: number;
      code?: number;
      slug?: string;
      message?: string;
      body?: unknown;
      applied?: boolean;
    }
  /** Slow: `beforeMs` before the call is applied, `afterMs` between that and the answer. */
  | { kind: 'delay'; beforeMs?: number; afterMs?: number }
  /** Not applied, and never answered. */
  | { kind: 'silence' }
  /**
   * Another writer changes the account just before, and revokes it as the API does; `says`: the
   * call’s own fault.
   */
  | { kind: 'meanwhile'; becomes: AccountStatus | 'deleted'; says?: Fault }
  /**
   * For a GET: the account as it was before, in `status` or its current one, also when it is
   * deleted.
   */
  | { kind: 'stale'; status?: AccountStatus }
  | { kind: 'dropBefore' }
  | { kind: 'applyThenDrop' }
  /** Applied; the answer's head and half its body arrive, then nothing any more. */
  | { kind: 'stalledBody' }
  /** Applied; half the body arrives, then the connection breaks. */
  | { kind: 'truncatedBody' }
  /** The answer of a proxy in front of the API. */
  | { kind: 'html502'; applied?: boolean }
  /**
   * By default to a page that answers 200 `{}`, which a client that follows redirects takes for
   * success.
   */
  | { kind: 'redirect'; status?: 301 | 302 | 303 | 307 | 308; location?: string }
  | { kind: 'rateLimited'; retryAfterSeconds: number };

export interface FaultRule {
  /** As in the call log; default any. */
  route?: string;
  /** Which of the calls from now on is the first one hit; default the next. */
  nth?: number;
  /** How many calls in a row are hit; default one. */
  times?: number;
  /** Hits, and counts, only calls that name this user or an account of theirs. */
  userId?: string;
  /** Hits, and counts, only calls on an account of this status. */
  accountStatus?: AccountStatus;
  fault: Fault;
  /** Takes effect once this rule has hit for the last time. */
  next?: FaultRule;
}

export class Faults {
  private rules: { rule: FaultRule; seen: number }[] = [];

  add(rule: FaultRule): void {
    this.rules.push({ rule, seen: 0 });
  }

  clear(): void {
    this.rules = [];
  }

  /**
   * The fault of this call, if any. Every rule counts the call; the first one that is due hits it.
   */
  take(
    { route, userId }: Pick<CallEntry, 'route' | 'userId'>,
    accountStatus: AccountStatus | null,
  ): Fault | null {
    let hit: Fault | null = null;
    let next: FaultRule | undefined;
    for (const entry of this.rules) {
      const { rule } = entry;
      if (rule.route !== undefined && rule.route !== route) continue;
      if (rule.userId !== undefined && !(userId ?? '').split(',').includes(rule.userId)) continue;
      if (rule.accountStatus !== undefined && rule.accountStatus !== accountStatus) continue;
      entry.seen++;
      const { nth = 1, times = 1 } = rule;
      if (hit !== null || entry.seen < nth || entry.seen >= nth + times) continue;
      hit = rule.fault;
      if (entry.seen === nth + times - 1) next = rule.next;
    }
    if (next) this.add(next);
    return hit;
  }
}
