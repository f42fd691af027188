import type { CheckName, Evidence, Run, Violation } from './evidence.ts';

/** A known bug, and how a violation is recognized as it. */
export interface Expected {
  finding: string;
  check: CheckName;
  matches(violation: Violation, evidence: Evidence): boolean;
}

/**
 * The bugs that are known and not fixed yet. Each has a scripted story that must show it: an entry whose bug
 * is fixed makes the soak red until it is taken off this list.
 */
export const expected: readonly Expected[] = [
  {
    // What an attempt made stays when another run holds the account at the attempt's end.
    finding: 'A1',
    check: 'leftovers',
    matches: ({ what }, evidence) => {
      const [, accountId, runId] =
        /^account (\S+) .* attempt (\S+), which made it/.exec(what) ?? [];
      return wasHeldAtTheEnd(accountId, runId, evidence);
    },
  },
  {
    // The same, where the refresh has made a link of it meanwhile: nobody can use it, and nobody removes it.
    finding: 'A1',
    check: 'accounts',
    matches: ({ what }, evidence) => {
      const [, accountId, runId] = /^account (\S+), which attempt (\S+) made/.exec(what) ?? [];
      return wasHeldAtTheEnd(accountId, runId, evidence);
    },
  },
  {
    // A replaced account stays when another run holds it at the end of the attempt that replaces it.
    finding: 'A2',
    check: 'leftovers',
    matches: ({ what }, evidence) => {
      const [, accountId, runId] =
        /^account (\S+) .* attempt (\S+) has replaced it/.exec(what) ?? [];
      return wasHeldAtTheEnd(accountId, runId, evidence);
    },
  },
  {
    // A repeat with credentials meets its own attempt, and is taken for another request.
    finding: 'A3',
    check: 'refusals',
    matches: ({ what }) => /\(connectUser\) .*ERR_CONNECT_IN_PROGRESS/.test(what),
  },
  {
    // The same, seen from the run: the server has recorded the second payload for the first one's update.
    finding: 'A3',
    check: 'replays',
    matches: isOfCredentials,
  },
  { finding: 'A3', check: 'stuck', matches: isOfCredentials },
  {
    // What says "repeat" is remembered as the answer of the request id.
    finding: 'A4',
    check: 'refusals',
    matches: ({ what }, evidence) => {
      const [, n, code = ''] =
        /^call (\d+) .*(ERR_API_UNAVAILABLE|ERR_ACCOUNT_BUSY)/.exec(what) ?? [];
      const requestId = evidence.calls.find((call) => call.n === Number(n))?.requestId;
      const updates = evidence.runs.flatMap((run) => run.updates);
      return updates.some(
        ({ updateId, failure }) => updateId === requestId && failure?.startsWith(code),
      );
    },
  },
  {
    // A second call that is refused becomes the newest attempt, and so the outcome of the connection.
    finding: 'A5',
    check: 'outcomes',
    matches: ({ what }) => /answer(ed|s) FAILED refused/.test(what),
  },
  {
    // Temporal strips the apostrophes around a queried value.
    finding: 'B1',
    check: 'outcomes',
    matches: ({ what, userId }, evidence) =>
      /list of their attempts (shows|lacks)|nobody canceled it/.test(what) &&
      (/^'|'$/.test(userId ?? '') || hasTwinWithApostrophe(userId, evidence)),
  },
  {
    // A quote or a backslash in a user id matches nothing, or another user.
    finding: 'B2',
    check: 'outcomes',
    matches: ({ what, userId }) =>
      /list of their attempts (shows|lacks)/.test(what) && /["\\]/.test(userId ?? ''),
  },
];

/** What this violation is known as, or null. */
export function knownAs(violation: Violation, evidence: Evidence): string | null {
  const entry = expected.find(
    (each) => each.check === violation.check && each.matches(violation, evidence),
  );
  return entry?.finding ?? null;
}

/** Whether a run that did not end the account had its lock while this attempt was open. */
function wasHeldAtTheEnd(
  accountId: string | undefined,
  runId: string | undefined,
  { runs }: Evidence,
): boolean {
  const attempt = runs.find((run) => run.runId === runId);
  return runs.some(
    (run) =>
      attempt !== undefined &&
      run.workflowId.startsWith('account/') &&
      run.accountId === accountId &&
      run.type !== 'revokeThenDelete' &&
      wereOpenTogether(run, attempt),
  );
}

/** A run of a user who connected with credentials, whose history cannot be replayed. */
function isOfCredentials({ what, userId }: Violation, { calls }: Evidence): boolean {
  const isLost = /of connect\/.*(TMPRL1100|does not replay)/.test(what);
  return isLost && calls.some((call) => call.userId === userId && 'method' in call.input);
}

function wereOpenTogether(one: Run, other: Run): boolean {
  return (
    one.startedAt <= (other.closedAt ?? Infinity) && other.startedAt <= (one.closedAt ?? Infinity)
  );
}

function hasTwinWithApostrophe(userId: string | null, { runs }: Evidence): boolean {
  return runs.some((run) => run.userId === `${userId}'` || run.userId === `'${userId}'`);
}
