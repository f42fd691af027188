import { type ErrorCode, MooringError } from '../domain/errors.ts';

export type Cell = string | null;

/** An answer: the only thing that goes to stdout, so that it can be piped. */
export function answer(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON value a line, which `jq` and `while read` both take. */
export function answerJson(value: unknown): void {
  answer(JSON.stringify(value));
}

/** What a person should know beside the answer. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A time as a table shows it: ISO, without what is below a second. */
export function seconds(iso: Cell): Cell {
  return iso === null ? null : `${iso.slice(0, 19)}Z`;
}

/** The state of a run, for a list. */
export function stateOf(
  { open, ended, readable }: { open: boolean; ended: string | null; readable: boolean },
  phase: string | null,
): Cell {
  const state = open ? (phase ?? 'open') : ended;
  return readable ? state : `${state} (unreadable with these MOORING_ENCRYPTION_KEYS)`;
}

/** Rows under headings, as wide as they need to be. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(printable))];
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names and values, one pair a line; what is null is left out. */
export function listing(entries: Readonly<Record<string, Cell>>): string {
  const present = Object.entries(entries).filter(([, value]) => value !== null);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n');
}

/**
 * Says on stderr what went wrong and what to try, and answers the exit code: 2 when the call itself
 * was wrong, else 1. Stacks are shown when asked for; nothing else of a cause ever is, since the SDK's
 * errors carry request headers.
 */
export function failure(error: unknown, verbose: boolean): 1 | 2 {
  const message = printable(error instanceof Error ? error.message : String(error)).slice(0, 500);
  if (error instanceof MooringError) {
    const { connectedAccountId: account, requestId } = error.details;
    note(`error ${error.code}: ${message}`);
    if (account !== undefined) note(`  account: ${printable(account)}`);
    if (requestId !== undefined) note(`  Composio's request: ${printable(requestId)}`);
    note(`  try: ${fixes[error.code]}`);
  } else {
    note(`error: ${message || 'unknown'}`);
    note('  try: the same with --verbose, which shows where it happened');
  }
  if (verbose) for (let at = error; at instanceof Error; at = at.cause) note(at.stack ?? '');
  return error instanceof MooringError && error.code === 'ERR_INVALID_INPUT' ? 2 : 1;
}

/** Ids and texts of others may hold what moves a terminal's cursor; a line must stay a line. */
function printable(cell: Cell): string {
  return cell === null ? '-' : cell.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

const fixes: Record<ErrorCode, string> = {
  ERR_INVALID_INPUT: 'correct what it names; --help lists the options, the README the variables',
  ERR_ALREADY_CONNECTED: '--on-existing reuse, which answers the account that is there',
  ERR_CONNECT_IN_PROGRESS: '`mooring show` to see the open attempt, `mooring cancel` to end it',
  ERR_AUTH_CONFIG_NOT_FOUND: 'an ac_… id of the project that the worker’s COMPOSIO_API_KEY is of',
  ERR_ACCOUNT_NOT_FOUND: 'a ca_… id of this very user and auth config',
  ERR_ENDPOINT_RETIRED: 'the way of connecting that the message names',
  ERR_CREDENTIALS_REJECTED: 'other credentials; the toolkit refuses these',
  ERR_MISSING_FIELDS: 'the same with the field that it names',
  ERR_ALIAS_IN_USE: 'another alias, or `--replaces` with the account that has it',
  ERR_USER_BLOCKED: 'again when the user’s access is open; while it is not, nothing is connected',
  ERR_UNAUTHORIZED: 'a valid COMPOSIO_API_KEY at the worker, then the same again',
  ERR_ACCOUNT_BUSY: 'again in a moment; another operation holds this account',
  ERR_ACCOUNT_UNUSABLE: 'what the message names; this account cannot be used now',
  ERR_SEVERAL_ACCOUNTS: 'the same with the id of one account',
  ERR_OUTCOME_TIMEOUT: '`mooring watch`; the attempt goes on',
  ERR_OUTCOME_UNKNOWN: '`mooring list` to see which attempts Temporal remembers',
  ERR_NO_WORKER: '`mooring worker`, with the same Temporal and MOORING_TASK_QUEUE; then again',
  ERR_WORKER_BUSY: 'repeat the call in a minute; if it still fails, start more workers',
  ERR_RUN_STUCK:
    'start a worker of the version that began this run; `temporal workflow show` has the cause',
  ERR_RATE_LIMITED:
    'repeat the call in a minute, or raise the rate limit of this namespace at Temporal',
  ERR_TEMPORAL_UNAVAILABLE: 'TEMPORAL_ADDRESS of a running Temporal, or `mooring dev` for one here',
  ERR_API_UNAVAILABLE: 'again in a minute; the attempt goes on and a repeat joins it',
  ERR_ENCRYPTION_KEY_MISSING:
    'the keys that the workers have; for a new deployment what `mooring keygen` prints',
};
