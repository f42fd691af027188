import { readFileSync } from 'node:fs';

const behaviors = ['goes ahead', 'is refused', 'leaves it', 'waits'] as const;
export type Behavior = (typeof behaviors)[number];

export interface WriterRow {
  /** The names of activities. */
  writers: string[];
  workflow: string;
  files: string[];
  lock: string;
  behavior: Behavior;
}

/** The table of `docs/know/who-writes.md`. */
export function writersTable(): WriterRow[] {
  const text = readFileSync(new URL('../../docs/know/who-writes.md', import.meta.url), 'utf8');
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const head = rows.findIndex(([, first]) => first === 'writer');
  const end = rows.findIndex(
    ([first, ...rest], n) => n > head && first === '' && rest.length === 0,
  );
  return rows.slice(head + 2, end).map(([, writers, workflow, files, lock, , behavior]) => ({
    writers: names(writers),
    workflow: names(workflow)[0] ?? '',
    files: names(files),
    lock: lock ?? '',
    behavior: behavior as Behavior,
  }));
}

function names(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}
