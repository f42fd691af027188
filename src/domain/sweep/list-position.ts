/**
 * The position in the account list. Nothing is known about the list's cursor. Rows may move
 * while Mooring reads, a cursor may lead back, and totals are not trusted.
 */
export interface ListPosition {
  /** Null for the first page. */
  cursor: string | null;
  pages: number;
  /** The ids of the last pages. They detect a row that moved from one page to the next. */
  recent: readonly (readonly string[])[];
  /** An earlier cursor. A cursor that leads back reaches it again. */
  mark: { cursor: string; nextAt: number } | null;
}

/** Single changes move rows by little, so a repeated row appears within a few pages. */
const pagesRemembered = 3;

export const listStart: ListPosition = { cursor: null, pages: 0, recent: [], mark: null };

/**
 * - `end`: this was the last page.
 * - `repeated`: the cursor leads back, so the rest of the list is unknown.
 * - `refused`: the API refuses its own cursor, so the rest of the list is unknown.
 */
export type ListEnd = 'end' | 'repeated' | 'refused';

export interface PageStep {
  place: ListPosition;
  ended: ListEnd | null;
}

export function isRepeat({ recent }: ListPosition, id: string): boolean {
  return recent.some((ids) => ids.includes(id));
}

/**
 * Moves to the next page. The mark detects any cycle of cursors within three times its length. It
 * moves at every power of two (Brent's algorithm), and a cycle reaches it.
 */
export function onPage(place: ListPosition, ids: readonly string[], next: string | null): PageStep {
  const pages = place.pages + 1;
  const recent = [...place.recent, ids].slice(-pagesRemembered);
  const isEnd = next === null || next === place.cursor || next === place.mark?.cursor;
  if (isEnd) {
    const ended = next === null ? 'end' : 'repeated';
    return { place: { ...place, pages, recent }, ended };
  }
  const isDue = place.mark === null || pages >= place.mark.nextAt;
  const mark = isDue ? { cursor: next, nextAt: pages * 2 } : place.mark;
  return { place: { cursor: next, pages, recent, mark }, ended: null };
}
