import { printAnswer, printJson, printNote } from './print.ts';

interface ListOptions {
  limit: number;
  json?: true;
}

/**
 * Prints a list as a table or as JSON lines. `items` yields more than `limit` if there are more.
 */
export async function printList<T>(
  items: AsyncIterable<T>,
  { limit, json }: ListOptions,
  { tableOf, none }: { tableOf: (rows: readonly T[]) => string; none: string },
): Promise<void> {
  const rows: T[] = [];
  for await (const row of items) rows.push(row);
  const shown = rows.slice(0, limit);
  if (json) for (const row of shown) printJson(row);
  else if (shown.length > 0) printAnswer(tableOf(shown));
  if (shown.length === 0) printNote(none);
  if (rows.length > limit) printNote(`there are more than ${limit}: raise --limit to see more`);
}
