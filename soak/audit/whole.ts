import type { Evidence } from '../evidence.ts';
import type { Check, Facts, Finding } from './facts.ts';

/** The log is complete. Otherwise a missing entry would prove nothing. */
export const checkWhole: Check = (facts) => {
  const whats = [
    ...findLosses(facts.evidence),
    ...findGaps(facts.evidence),
    ...findEmptyLogs(facts.evidence),
  ];
  return [
    ...whats.map((what) => ({ userId: null, what })),
    ...findCutOffRuns(facts),
    ...findUnknownRuns(facts),
    ...findUnansweredCalls(facts),
    ...findUnaskedConnections(facts),
  ];
};

function findLosses(evidence: Evidence): string[] {
  const { given } = evidence;
  return (Object.keys(given) as (keyof typeof given)[]).flatMap((source) => {
    const kept = source === 'lines' ? countLines(evidence) : evidence[source].length;
    if (kept === given[source]) return [];
    return [`the log of ${source} has ${kept} of ${given[source]} entries`];
  });
}

/** Of the logs of all processes. */
function countLines({ places }: Evidence): number {
  return places
    .filter(({ name, text }) => name.startsWith('log of ') && text !== '')
    .reduce((lines, { text }) => lines + text.split('\n').length, 0);
}

function findGaps({ calls, deliveries, writes }: Evidence): string[] {
  const numbers = {
    calls: calls.map(({ n }) => n),
    deliveries: deliveries.map(({ n }) => n),
    writes: writes.map(({ seq }) => seq),
  };
  return Object.entries(numbers).flatMap(([source, each]) => {
    const at = each.findIndex((number, index) => number !== index + 1);
    return at === -1 ? [] : [`the log of ${source} has ${each[at]} where ${at + 1} belongs`];
  });
}

/**
 * The texts of processes, metrics and databases. Callers may have got no error at all, so that text
 * may be empty.
 */
const neverEmpty = /^(log of |metrics|stored histories)/;

function findEmptyLogs({ calls, runs, places }: Evidence): string[] {
  return [
    ...(calls.length === 0 ? ['the log of calls is empty'] : []),
    ...(runs.length === 0 ? ['the log of runs is empty'] : []),
    ...places
      .filter(({ name, text }) => neverEmpty.test(name) && text.trim() === '')
      .map(({ name }) => `the text of ${name} is empty`),
  ];
}

function findCutOffRuns({ evidence }: Facts): Finding[] {
  return evidence.runs
    .filter(({ isCutOff }) => isCutOff)
    .map(({ workflowId, runId, userId }) => ({
      userId,
      what: `the history of run ${runId} of ${workflowId} has no end, and the run has closed`,
    }));
}

/** A run that a caller got the id of, and that is in no list. */
function findUnknownRuns({ evidence }: Facts): Finding[] {
  const known = new Set(evidence.runs.map(({ runId }) => runId));
  return evidence.calls.flatMap(({ n, story, userId, operation, value }) => {
    const runId = (value as { runId?: unknown } | null)?.runId;
    if (typeof runId !== 'string' || known.has(runId)) return [];
    const what = `call ${n} (${operation}) returned run ${runId}, which is missing in the log of runs`;
    return [{ userId, story, what }];
  });
}

function findUnansweredCalls({ evidence }: Facts): Finding[] {
  return evidence.calls
    .filter(({ answeredAt }) => answeredAt === null)
    .map(({ n, story, userId, operation }) => ({
      userId,
      story,
      what: `call ${n} (${operation}) never got an answer`,
    }));
}

/**
 * The soak reads the final outcome of each connection that a caller got. Otherwise no check
 * compares it.
 */
function findUnaskedConnections({ evidence, attempts }: Facts): Finding[] {
  const asked = new Set(evidence.outcomes.map(({ connectionId }) => connectionId));
  const unasked = new Map(
    attempts.flatMap(({ connectionId, userId, isRefused }) =>
      isRefused || asked.has(connectionId) ? [] : [[connectionId, userId] as const],
    ),
  );
  return [...unasked].map(([connectionId, userId]) => ({
    userId,
    what: `the soak did not read the final outcome of connection ${connectionId}`,
  }));
}
