import type { Call, Evidence, Run, Violation } from './evidence.ts';

/** Longer stories are cut in the middle: their start and their end show the most. */
const mostLines = 120;
/** The fields of an answer that are printed. Others may contain a link. */
const plainFields = ['status', 'phase', 'outcome', 'reason', 'proof', 'disconnect', 'code'];

/**
 * What happened to the user of a violation, in order: requests, writes at the API, runs, and the
 * log lines that name the user's accounts. A violation may need a rare moment, so its own run must
 * explain it.
 */
export function traceOf({ userId }: Violation, evidence: Evidence): string[] {
  if (userId === null) return [];
  const accounts = evidence.accounts.filter((row) => row.userId === userId).map(({ id }) => id);
  const entries = [
    ...evidence.calls.filter((call) => call.userId === userId).flatMap(ofCall),
    ...evidence.writes
      .filter((write) => write.userId === userId)
      .map(({ at, seq, by, op, accountId, statusBefore, statusAfter }) => ({
        at,
        text: `write ${seq} by ${by}: ${op} ${accountId} ${statusBefore} -> ${statusAfter}`,
      })),
    ...evidence.runs.filter((run) => isOf(run, userId, accounts)).flatMap(ofRun),
    ...evidence.places.flatMap(({ name, text }) => ofLog(name, text, accounts)),
  ].sort((a, b) => a.at - b.at);
  const start = entries[0]?.at ?? 0;
  const lines = entries.map(({ at, text }) => `+${((at - start) / 1_000).toFixed(3)} ${text}`);
  const plain = lines.map((line) => (hasSecret(line, evidence) ? 'a line with a secret' : line));
  if (plain.length <= mostLines) return plain;
  const half = mostLines / 2;
  return [...plain.slice(0, half), `${plain.length - mostLines} lines`, ...plain.slice(-half)];
}

interface Entry {
  at: number;
  text: string;
}

function ofCall({ n, operation, askedAt, answeredAt, value, error }: Call): Entry[] {
  const answer = error === null ? plainly(value) : (error.code ?? error.message);
  const asked = { at: askedAt, text: `call ${n} ${operation}` };
  if (answeredAt === null) return [asked];
  return [asked, { at: answeredAt, text: `call ${n} ${operation} answered ${answer}` }];
}

function ofRun({ type, workflowId, startedAt, closedAt, status, phase, result }: Run): Entry[] {
  const started = { at: startedAt, text: `run ${workflowId} (${type}) starts` };
  const end = `${status} ${phase ?? ''} ${plainly(result)}`;
  if (closedAt === null) return [{ ...started, text: `${started.text}, and is open: ${end}` }];
  return [started, { at: closedAt, text: `run ${workflowId} (${type}) ends: ${end}` }];
}

/** Reads the log lines that are JSON with a time; skips other lines and other texts. */
function ofLog(name: string, text: string, accounts: readonly string[]): Entry[] {
  return text.split('\n').flatMap((line) => {
    if (!accounts.some((id) => line.includes(id)) || !line.startsWith('{')) return [];
    try {
      const { time, level, msg, activityType, attempt, error } = JSON.parse(line) as LogLine;
      // The levels below are the SDK's own lines about each task.
      if (level === undefined || level < 30) return [];
      const what = [msg, activityType, attempt, error].filter((part) => part !== undefined);
      return [{ at: Date.parse(time ?? ''), text: `${name}: ${what.join(' ')}`.slice(0, 300) }];
    } catch {
      return [];
    }
  });
}

interface LogLine {
  time?: string;
  level?: number;
  msg?: string;
  activityType?: string;
  attempt?: number;
  error?: string;
}

function isOf(run: Run, userId: string, accounts: readonly string[]): boolean {
  const input = JSON.stringify(run.input ?? null);
  return run.userId === userId || accounts.some((id) => input.includes(`"${id}"`));
}

function plainly(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const plain = Object.entries(value).filter(([key]) => plainFields.includes(key));
  return JSON.stringify(Object.fromEntries(plain)).slice(0, 300);
}

function hasSecret(line: string, { secrets }: Evidence): boolean {
  return secrets.some((secret) => line.includes(secret));
}
