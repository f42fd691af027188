import { type Account, type AccountStatus, type AccountType, accountType } from './account.ts';
import { Bits } from './bits.ts';

/** Which rows are meant; what is left out does not matter. Deleted rows are never meant. */
export interface RowFilter {
  statuses?: readonly AccountStatus[] | undefined;
  authConfigIds?: readonly string[] | undefined;
  accountType?: AccountType | undefined;
}

type Indexed = Pick<Account, 'seq' | 'status' | 'authConfig' | 'acl'>;

/**
 * The rows by status, auth config and type: one set of row numbers for each value, so that a page and its
 * total are found among a million rows without looking at one of them.
 */
export class RowIndex {
  private readonly sets = new Map<string, Bits>();

  add(row: Indexed): void {
    this.set('live').add(row.seq);
    this.set(row.status).add(row.seq);
    this.set(row.authConfig.id).add(row.seq);
    this.set(accountType(row)).add(row.seq);
  }

  /** Tells that the row's status was `before`. */
  move({ seq, status }: Indexed, before: AccountStatus): void {
    this.set(before).delete(seq);
    this.set(status).add(seq);
  }

  remove({ seq }: Indexed): void {
    this.set('live').delete(seq);
  }

  select({ statuses, authConfigIds, accountType }: RowFilter): Selection {
    const wanted = [['live'], statuses, authConfigIds, accountType && [accountType]];
    const groups = wanted.flatMap((names) => (names ? [names.map((name) => this.set(name))] : []));
    return new Selection(groups, this.set('live').length);
  }

  private set(name: string): Bits {
    let set = this.sets.get(name);
    if (!set) this.sets.set(name, (set = new Bits()));
    return set;
  }
}

/** The row numbers that are in one set of every group. */
export class Selection {
  private readonly groups: readonly (readonly Bits[])[];
  private readonly length: number;

  constructor(groups: readonly (readonly Bits[])[], length: number) {
    this.groups = groups;
    this.length = length;
  }

  has(seq: number): boolean {
    return (this.word(seq >>> 5) & (1 << (seq & 31))) !== 0;
  }

  count(): number {
    let count = 0;
    for (let at = 0; at < this.length; at++) count += ones(this.word(at));
    return count;
  }

  *ascending(after: number): Generator<number> {
    const first = after + 1;
    for (let at = first >>> 5; at < this.length; at++) {
      let word = this.word(at);
      if (at === first >>> 5) word &= -1 << (first & 31);
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word);
        yield at * 32 + bit;
        word &= word - 1;
      }
    }
  }

  *descending(before: number): Generator<number> {
    const last = Math.max(0, Math.min(before - 1, this.length * 32 - 1));
    for (let at = last >>> 5; at >= 0; at--) {
      let word = this.word(at);
      if (at === last >>> 5) word &= -1 >>> (31 - (last & 31));
      while (word !== 0) {
        const bit = 31 - Math.clz32(word);
        yield at * 32 + bit;
        word &= ~(1 << bit);
      }
    }
  }

  private word(at: number): number {
    let word = -1;
    for (const group of this.groups) {
      let any = 0;
      for (const bits of group) any |= bits.word(at);
      word &= any;
      if (word === 0) break;
    }
    return word;
  }
}

/** How many bits of a word are set, counted in parallel. */
function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x5555_5555);
  n = (n & 0x3333_3333) + ((n >>> 2) & 0x3333_3333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
