import { describe, expect, it } from 'vitest';
import {
  isRepeat,
  type ListPosition,
  listStart,
  onPage,
} from '../../../../src/domain/sweep/list-position.ts';

/**
 * Walks pages by their cursors (`nexts[n]` is the cursor of page n). Returns how many pages it
 * read, and how it ended.
 */
function walk(next: (cursor: string | null) => string | null, most = 10_000) {
  let place: ListPosition = listStart;
  for (let pages = 1; pages <= most; pages++) {
    const taken = onPage(place, [`row ${place.cursor}`], next(place.cursor));
    place = taken.place;
    if (taken.ended !== null) return { pages, ended: taken.ended };
  }
  return { pages: most, ended: null };
}

describe('a walk through the list', () => {
  it('ends after the last page', () => {
    const next = (cursor: string | null) => (cursor === '9' ? null : `${Number(cursor ?? 0) + 1}`);
    expect(walk(next)).toEqual({ pages: 10, ended: 'end' });
  });

  it('ends if a cursor stays the same', () => {
    expect(walk(() => 'x')).toEqual({ pages: 2, ended: 'repeated' });
  });

  it.each([
    [1, 2],
    [0, 50],
    [7, 3],
    [100, 333],
    [999, 1],
  ])('ends if after %i pages the cursors go in a circle of %i', (straight, circle) => {
    const next = (cursor: string | null) => {
      const at = Number(cursor ?? 0) + 1;
      return `${at < straight + circle ? at : straight}`;
    };
    const { pages, ended } = walk(next);
    expect(ended).toBe('repeated');
    expect(pages).toBeLessThanOrEqual(3 * (straight + circle) + 2);
  });

  it('knows the rows of the last three pages, and forgets earlier ones', () => {
    let { place } = onPage(listStart, ['a'], '1');
    for (const [id, next] of [
      ['b', '2'],
      ['c', '3'],
    ] as const) {
      ({ place } = onPage(place, [id], next));
    }
    expect(['a', 'b', 'c', 'd'].filter((id) => isRepeat(place, id))).toEqual(['a', 'b', 'c']);
    ({ place } = onPage(place, ['d'], '4'));
    expect(isRepeat(place, 'a')).toBe(false);
  });
});
