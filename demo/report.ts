import type { ScenarioResult } from './auto.ts';

/** Widths that a terminal of a hundred columns has room for. */
const widths = [2, 27, 24, 3, 4, 14, 15, 4] as const;
const rightAligned = new Set([3, 4, 7]);

export const heading = row(['', 'scenario', 'outcome', 'API', 'hist', 'told', 'left', 's']);

/** A scenario on one line; a second one tells what does not hold. */
export function line(result: ScenarioResult): string {
  const { name, ok, outcome, reason, apiCalls, historyEvents, events, left, ms, error } = result;
  const told = Object.entries(events).map(([type, n]) => times(type.replace('connect.', ''), n));
  const statuses = Object.values(left).sort();
  const kinds = [...new Set(statuses)];
  const rows = kinds.map((kind) => times(kind, statuses.filter((one) => one === kind).length));
  const cells = [
    ok ? 'ok' : 'no',
    name,
    // A code says why by itself.
    reason === null || outcome.startsWith('ERR_') ? outcome : `${outcome} ${reason}`,
    String(apiCalls),
    String(historyEvents),
    told.join(', ') || '-',
    rows.join(', ') || '-',
    (ms / 1_000).toFixed(1),
  ];
  return `${row(cells)}${error === undefined ? '' : `   ${error}\n`}`;
}

function times(what: string, n: number): string {
  return n === 1 ? what : `${what} ${n}`;
}

function row(cells: string[]): string {
  const padded = cells.map((cell, index) => {
    const width = widths[index] ?? 0;
    return rightAligned.has(index) ? cell.padStart(width) : cell.padEnd(width);
  });
  return `${padded.join(' ').trimEnd()}\n`;
}
