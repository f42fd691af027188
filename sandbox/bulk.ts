import { randomBytes } from 'node:crypto';
import { type Account, type AccountStatus, newAccount, type PromisedGrant } from './account.ts';
import { redirects, type StoredAuthConfig } from './auth-configs.ts';

/** How the rows of one share look. */
export interface BulkKind {
  status: AccountStatus;
  statusReason: string | null;
  everActive: boolean;
  promised: PromisedGrant | null;
}

/** `share` of the sum of all shares, which may be any number. */
type Shared<Value> = { share: number; value: Value }[];

export interface BulkPlan {
  count: number;
  /** Row n belongs to user n modulo this. */
  users: number;
  userPrefix: string;
  kinds: Shared<BulkKind>;
  authConfigs: Shared<StoredAuthConfig>;
  expiresAt: number;
  createdAt: number;
}

/**
 * Rows that are computed from their number on access, and take no memory of their own. The shares
 * are exact, and spread evenly over the rows.
 */
export class Bulk {
  readonly plan: BulkPlan;
  /** The number of the first row, and its place among the changes; the others follow. */
  readonly first: number;
  private readonly firstTouch: number;
  private readonly idPrefix = `ca_${randomBytes(4).toString('hex')}`;
  private readonly kind: (n: number) => BulkKind;
  private readonly authConfig: (n: number) => StoredAuthConfig;

  constructor(plan: BulkPlan, first: number, firstTouch: number) {
    this.plan = plan;
    this.first = first;
    this.firstTouch = firstTouch;
    this.kind = dealer(plan.kinds, plan.count, 0.618_033_989);
    this.authConfig = dealer(plan.authConfigs, plan.count, 0.414_213_562);
  }

  has(seq: number): boolean {
    return seq >= this.first && seq < this.first + this.plan.count;
  }

  statusOf(seq: number): AccountStatus {
    return this.kind(seq - this.first).status;
  }

  authConfigOf(seq: number): StoredAuthConfig {
    return this.authConfig(seq - this.first);
  }

  /** Returns a new object on each call; the caller must keep a row that it changes. */
  row(seq: number): Account {
    const { users, userPrefix, expiresAt, createdAt } = this.plan;
    const n = seq - this.first;
    const userId = `${userPrefix}${n % users}`;
    const { status, statusReason, everActive, promised } = this.kind(n);
    const authConfig = this.authConfig(n);
    const row = newAccount({
      seq,
      touched: this.firstTouch + n,
      id: `${this.idPrefix}${n.toString(16).padStart(10, '0')}`,
      userId,
      authConfig,
      alias: null,
      acl: null,
      status,
      statusReason,
      createdAt,
      expiresAt,
      values: {},
    });
    row.everActive = everActive;
    if (promised !== null && redirects(authConfig)) {
      row.promised = promised;
      row.person = `person_of_${userId}`;
    }
    return row;
  }

  seqOf(id: string): number | undefined {
    const digits = id.slice(this.idPrefix.length);
    if (!id.startsWith(this.idPrefix) || !/^[\da-f]{10}$/.test(digits)) return undefined;
    const n = parseInt(digits, 16);
    return n < this.plan.count ? this.first + n : undefined;
  }

  seqsOf(userId: string): number[] {
    const { count, users, userPrefix } = this.plan;
    const digits = userId.slice(userPrefix.length);
    if (!userId.startsWith(userPrefix) || !/^(0|[1-9]\d*)$/.test(digits)) return [];
    const seqs: number[] = [];
    if (Number(digits) >= users) return seqs;
    for (let n = Number(digits); n < count; n += users) seqs.push(this.first + n);
    return seqs;
  }
}

/**
 * Assigns the values to `count` rows. A step without a common divisor visits every place once,
 * which keeps the shares exact. A step near an irrational part of the whole spreads them.
 */
function dealer<Value>(shares: Shared<Value>, count: number, part: number): (n: number) => Value {
  let step = Math.max(1, Math.round(count * part));
  while (divisor(step, count) !== 1) step++;
  const whole = shares.reduce((sum, { share }) => sum + share, 0);
  let sum = 0;
  const bounds = shares.map(({ share, value }) => {
    sum += share;
    return { below: Math.round((sum / whole) * count), value };
  });
  const last = bounds.at(-1);
  if (!last || !(whole > 0)) throw new Error('shares must add up to more than zero');
  return (n) => {
    const place = (n * step) % count;
    for (const { below, value } of bounds) if (place < below) return value;
    return last.value;
  };
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
