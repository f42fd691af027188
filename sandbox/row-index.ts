import { type Account, type AccountStatus, type AccountType, accountType } from './account.ts';
import { Bits, intersection, ones, union } from './bits.ts';

/** Selects rows; an omitted field does not filter. Deleted rows are never selected. */
export interface RowFilter {
  statuses?: readonly AccountStatus[] | undefined;
  authConfigIds?: readonly string[] | undefined;
  accountType?: AccountType | undefined;
}

type Indexed = Pick<Account, 'seq' | 'status' | 'authConfig' | 'acl'>;

/**
 * The rows by status, auth config and type: one set of row numbers for each value, so that a page
 * and its total are found among a million rows without reading one.
 */
export class RowIndex {
  private readonly sets = new Map<string, Bits>();
  /**
   * Cached results since the last change: a caller that walks all pages sends the same filter
   * 10,000 times.
   */
  private readonly selections = new Map<string, Selection>();

  add(row: Indexed): void {
    this.set('live').add(row.seq);
    this.set(row.status).add(row.seq);
    this.set(row.authConfig.id).add(row.seq);
    this.set(accountType(row)).add(row.seq);
    this.selections.clear();
  }

  /** Call it after a change: the row's status was `before`. */
  move({ seq, status }: Indexed, before: AccountStatus): void {
    if (status === before) return;
    this.set(before).delete(seq);
    this.set(status).add(seq);
    this.selections.clear();
  }

  remove({ seq }: Indexed): void {
    this.set('live').delete(seq);
    this.selections.clear();
  }

  select(filter: RowFilter): Selection {
    const { statuses, authConfigIds, accountType } = filter;
    const key = JSON.stringify([statuses, authConfigIds, accountType]);
    let selection = this.selections.get(key);
    if (!selection) {
      const wanted = [statuses, authConfigIds, accountType && [accountType]];
      const sets = wanted.flatMap((names) => (names ? [names.map((name) => this.set(name))] : []));
      selection = new Selection(sets.map(union).reduce(intersection, this.set('live').words));
      this.selections.set(key, selection);
    }
    return selection;
  }

  private set(name: string): Bits {
    let set = this.sets.get(name);
    if (!set) this.sets.set(name, (set = new Bits()));
    return set;
  }
}

/** Row numbers, valid until the next change of the index. */
export class Selection {
  readonly size: number;
  private readonly words: Uint32Array;

  constructor(words: Uint32Array) {
    this.words = words;
    this.size = words.reduce((size, word) => size + ones(word), 0);
  }

  has(seq: number): boolean {
    return (this.word(seq >>> 5) & (1 << (seq & 31))) !== 0;
  }

  *ascending(after: number): Generator<number> {
    const first = after + 1;
    for (let at = first >>> 5; at < this.words.length; at++) {
      let word = this.word(at);
      if (at === first >>> 5) word &= -1 << (first & 31);
      while (word !== 0) {
        yield at * 32 + 31 - Math.clz32(word & -word);
        word &= word - 1;
      }
    }
  }

  *descending(before: number): Generator<number> {
    const last = Math.max(0, Math.min(before - 1, this.words.length * 32 - 1));
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
    return this.words[at] ?? 0;
  }
}
