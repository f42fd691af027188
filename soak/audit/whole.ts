import type { Check, Facts, Finding } from './facts.ts';

/** The log is complete, or nothing that was not found in it means anything. */
export const checkWhole: Check = (facts) => {
  const { evidence } = facts;
  const { calls, deliveries, writes, runs, given } = evidence;
  const counted = (Object.keys(given) as (keyof typeof given)[]).flatMap((source) => {
    const kept = evidence[source].length;
    if (kept === given[source]) return [];
    return [`the log of ${source} has ${kept} entries of the ${given[source]} that were given`];
  });
  const numbered = [
    gapIn(
      'calls',
      calls.map(({ n }) => n),
    ),
    gapIn(
      'deliveries',
      deliveries.map(({ n }) => n),
    ),
    gapIn(
      'writes',
      writes.map(({ seq }) => seq),
    ),
  ].filter((what) => what !== null);
  const nothing = [calls.length === 0 && 'calls', runs.length === 0 && 'runs'].filter(Boolean);
  return [
    ...[...counted, ...numbered].map((what) => ({ userId: null, what })),
    ...nothing.map((source) => ({ userId: null, what: `the log of ${source} is empty` })),
    ...unanswered(facts),
    ...unasked(facts),
  ];
};

function gapIn(source: string, numbers: readonly number[]): string | null {
  const at = numbers.findIndex((number, index) => number !== index + 1);
  return at === -1 ? null : `the log of ${source} has ${numbers[at]} where ${at + 1} belongs`;
}

function unanswered({ evidence }: Facts): Finding[] {
  return evidence.calls
    .filter(({ answeredAt }) => answeredAt === null)
    .map(({ n, story, userId, operation }) => ({
      userId,
      story,
      what: `call ${n} (${operation}) never had an answer`,
    }));
}

/** Each connection that a caller was given is asked for its outcome in the end, or nobody compares it. */
function unasked({ evidence, attempts }: Facts): Finding[] {
  const asked = new Set(evidence.outcomes.map(({ connectionId }) => connectionId));
  const missing = new Map(
    attempts.flatMap(({ connectionId, userId, isRefused }) =>
      isRefused || asked.has(connectionId) ? [] : [[connectionId, userId] as const],
    ),
  );
  return [...missing].map(([connectionId, userId]) => ({
    userId,
    what: `nobody asked for the final outcome of connection ${connectionId}`,
  }));
}
