import type { ScenarioResult } from './auto.ts';

/** Column widths that fit a terminal of a hundred columns. */
const widths = [2, 30, 24, 3, 4, 14, 12, 4] as const;
const rightAligned = new Set([3, 4, 7]);

export const heading = row(['', 'scenario', 'outcome', 'API', 'hist', 'events', 'left', 's']);

/**
 * A scenario on one line, or more if it has many events or accounts. A failed one has its reason on
 * a last line.
 */
export function line(result: ScenarioResult): string {
  const { name, ok, outcome, reason, apiCalls, historyEvents, events, left, ms, error } = result;
  const told = Object.entries(events).map(([type, n]) =>
    times(type.replace(/^\w+\.|_(required|started)$/g, ''), n),
  );
  const statuses = Object.values(left).sort();
  const kinds = [...new Set(statuses)];
  const rows = kinds.map((kind) => times(kind, statuses.filter((one) => one === kind).length));
  const cells = [
    ok ? 'ok' : 'no',
    name,
    // An error code needs no reason.
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

/** Text that does not fit into its column continues below. */
function row(cells: string[]): string {
  const columns = cells.map((cell, index) => folded(cell, widths[index] ?? 0));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, n) => {
    const padded = columns.map((lines, index) => {
      const width = widths[index] ?? 0;
      const text = lines[n] ?? '';
      return rightAligned.has(index) ? text.padStart(width) : text.padEnd(width);
    });
    return `${padded.join(' ').trimEnd()}\n`;
  }).join('');
}

/** Breaks a list at its commas. */
function folded(cell: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of cell.split(/(?<=,) /)) {
    const longer = `${lines.at(-1) ?? ''} ${part}`.trimStart();
    if (lines.length > 0 && longer.length <= width) lines.splice(-1, 1, longer);
    else lines.push(part);
  }
  return lines;
}
