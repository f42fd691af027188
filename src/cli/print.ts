import { type ErrorCode, MooringError } from '../domain/errors.ts';

export type Cell = string | null;

/** Prints an answer. Only answers go to stdout, so they can be piped. */
export function printAnswer(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints one JSON value per line, a format that `jq` and `while read` both accept. */
export function printJson(value: unknown): void {
  printAnswer(JSON.stringify(value));
}

/** Prints information for a person to stderr. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** An ISO time for a table, without fractions of a second. */
export function toTimeCell(iso: Cell): Cell {
  return iso === null ? null : `${iso.slice(0, 19)}Z`;
}

/** The state of a run for a list. */
export function stateOf(
  { open, ended, readable }: { open: boolean; ended: string | null; readable: boolean },
  phase: string | null,
): Cell {
  const state = open ? (phase ?? 'open') : ended;
  return readable ? state : `${state} (unreadable with these MOORING_ENCRYPTION_KEYS)`;
}

/** A table whose columns are as wide as their widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(toPrintable))];
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names and values, one pair per line. Omits null values. */
export function fieldLines(entries: Readonly<Record<string, Cell>>): string {
  const present = Object.entries(entries).filter(([, value]) => value !== null);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${toPrintable(value)}`).join('\n');
}

/**
 * Prints an error and what to try to stderr. Returns the exit code: 2 when the call itself was
 * wrong, else 1. `verbose` adds stack traces. Other fields of a cause are never printed: the SDK's
 * errors hold request headers.
 */
export function printError(error: unknown, verbose: boolean): 1 | 2 {
  const message = toPrintable(error instanceof Error ? error.message : String(error)).slice(0, 500);
  if (error instanceof MooringError) {
    const { connectedAccountId: account, requestId } = error.details;
    printNote(`error ${error.code}: ${message}`);
    if (account !== undefined) printNote(`  account: ${toPrintable(account)}`);
    if (requestId !== undefined) printNote(`  Composio request id: ${toPrintable(requestId)}`);
    printNote(`  try: ${fixes[error.code]}`);
  } else {
    printNote(`error: ${message || 'unknown'}`);
    printNote('  try: repeat it with --verbose, which prints the stack trace');
  }
  if (verbose) for (let at = error; at instanceof Error; at = at.cause) printNote(at.stack ?? '');
  return error instanceof MooringError && error.code === 'ERR_INVALID_INPUT' ? 2 : 1;
}

/**
 * Ids and texts of others may hold control characters, which would break the lines of a terminal.
 */
function toPrintable(cell: Cell): string {
  return cell === null ? '-' : cell.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

/** What to try after each error. */
export const fixes: Record<ErrorCode, string> = {
  ERR_INVALID_INPUT:
    'correct the named field; see --help for options, docs/reference/configuration.md for variables',
  ERR_ALREADY_CONNECTED: '--on-existing reuse, which returns the connected account',
  ERR_CONNECT_IN_PROGRESS: '`mooring show` to see the open attempt, `mooring cancel` to cancel it',
  ERR_AUTH_CONFIG_NOT_FOUND: 'an ac_… id of the same project as the worker’s COMPOSIO_API_KEY',
  ERR_ACCOUNT_NOT_FOUND: 'a ca_… id of the same user and auth config',
  ERR_ENDPOINT_RETIRED: 'the connect method that the message names',
  ERR_CREDENTIALS_REJECTED: 'other credentials; the toolkit refuses these',
  ERR_MISSING_FIELDS: 'repeat it with the field that it names',
  ERR_ALIAS_IN_USE: 'another alias, or `--replaces` with the account that has this one',
  ERR_USER_BLOCKED: 'repeat it when the user’s access is open (`mooring access`)',
  ERR_UNAUTHORIZED: 'set a valid COMPOSIO_API_KEY for the worker, then repeat it',
  ERR_ACCOUNT_BUSY: 'repeat it in a moment; another operation holds this account',
  ERR_ACCOUNT_UNUSABLE: 'do what the message names; this account cannot be used now',
  ERR_SEVERAL_ACCOUNTS: 'repeat it with the id of one account',
  ERR_OUTCOME_TIMEOUT: '`mooring watch` to follow the attempt, which continues',
  ERR_OUTCOME_UNKNOWN: '`mooring list` to see which attempts Temporal still has',
  ERR_NO_WORKER: 'start `mooring worker` with the same Temporal and MOORING_TASK_QUEUE; repeat it',
  ERR_WORKER_BUSY: 'repeat the call in a minute; if it still fails, start more workers',
  ERR_RUN_STUCK:
    'start a worker of the version that started this run; `temporal workflow show` has the cause',
  ERR_RATE_LIMITED:
    'repeat the call in a minute, or raise the rate limit of this namespace at Temporal',
  ERR_TEMPORAL_UNAVAILABLE:
    'TEMPORAL_ADDRESS of a running Temporal; or unset it, and run `mooring dev` for one here',
  ERR_API_UNAVAILABLE: 'repeat it in a minute; the attempt continues, and a repeat joins it',
  ERR_ENCRYPTION_KEY_MISSING:
    'set the keys of the workers; beside a demo or `mooring dev`, source the variables it wrote',
};
