import { answer, answerJson, note } from './print.ts';

interface ListOptions {
  limit: number;
  json?: true;
}

/** Prints a list, as a table or as JSON lines. `listed` yields one more than `limit` where there is more. */
export async function answerList<T>(
  listed: AsyncIterable<T>,
  { limit, json }: ListOptions,
  { tableOf, none }: { tableOf: (rows: readonly T[]) => string; none: string },
): Promise<void> {
  const rows: T[] = [];
  for await (const row of listed) rows.push(row);
  const shown = rows.slice(0, limit);
  if (json) for (const row of shown) answerJson(row);
  else if (shown.length > 0) answer(tableOf(shown));
  if (shown.length === 0) note(none);
  if (rows.length > limit) note(`there are more than ${limit}: --limit shows them`);
}
