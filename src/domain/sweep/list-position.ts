/**
 * Where a walk through the list has got to. The list is paged by a cursor of which nothing is known: rows
 * may move while it is read, a cursor may lead back, totals are not believed.
 */
export interface ListPosition {
  /** Null: the first page. */
  cursor: string | null;
  pages: number;
  /** The ids of the last pages: a row that has moved between them is met again. */
  recent: readonly (readonly string[])[];
  /** A cursor that was met before, and is left behind further and further: whoever leads back meets it. */
  mark: { cursor: string; nextAt: number } | null;
}

/** Rows move by single changes, so whoever is met again is met soon. */
const pagesRemembered = 3;

export const start: ListPosition = { cursor: null, pages: 0, recent: [], mark: null };

/**
 * `end`: that was the last page. `repeated`: the cursor leads back, so the rest of the list is unknown, as it
 * is where the API will not have its own cursor (`refused`).
 */
export type ListEnd = 'end' | 'repeated' | 'refused';

export interface Step {
  place: ListPosition;
  ended: ListEnd | null;
}

export function isRepeat({ recent }: ListPosition, id: string): boolean {
  return recent.some((ids) => ids.includes(id));
}

/**
 * One page further. Any circle of cursors is found within three times its length, whatever its length is:
 * the mark (Brent's) is moved on at every power of two, and a circle comes by it.
 */
export function step(place: ListPosition, ids: readonly string[], next: string | null): Step {
  const pages = place.pages + 1;
  const recent = [...place.recent, ids].slice(-pagesRemembered);
  const ends = next === null || next === place.cursor || next === place.mark?.cursor;
  if (ends) {
    const ended = next === null ? 'end' : 'repeated';
    return { place: { ...place, pages, recent }, ended };
  }
  const isDue = place.mark === null || pages >= place.mark.nextAt;
  const mark = isDue ? { cursor: next, nextAt: pages * 2 } : place.mark;
  return { place: { cursor: next, pages, recent, mark }, ended: null };
}
