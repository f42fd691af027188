import { accessTimings } from '../../src/domain/timings.ts';
import type { Run } from '../evidence.ts';
import { hasRenewed, hasUnblocked } from './access-requests.ts';
import type { Check, Facts } from './facts.ts';
import { brief } from './text.ts';
import { isOpen, undoOf } from './times.ts';

/** How long a run may stay open after the last fault. */
const settleMs = 180_000;
/**
 * These may stay open for longer. They wait for a person, an endpoint or a request, or they last as
 * long as there are accounts to read.
 */
const mayCloseLate = ['awaitReauth', 'deliverEvent', 'userAccess', 'bulkRefresh'];

/** Every run that is not a memory has closed, and no run keeps failing. */
export const checkStuck: Check = (facts) =>
  facts.evidence.runs.flatMap((run) => {
    const why = reasonFor(run, facts);
    if (why === null) return [];
    return [{ userId: run.userId, what: `run ${run.runId} of ${run.workflowId} ${why}` }];
  });

function reasonFor(run: Run, facts: Facts): string | null {
  // A Temporal Schedule is a run too.
  if (run.type.startsWith('temporal-sys-')) return null;
  if (run.taskFailure !== null) return `fails its workflow task: ${brief(run.taskFailure)}`;
  if (isOpen(run)) return staysOpen(run, facts) ? null : `is still open${phaseOf(run)}`;
  if (closesTooLate(run, facts)) return `was still open ${settleMs / 1_000} s after the last fault`;
  if (run.status === 'COMPLETED' || run.status === 'CONTINUED_AS_NEW') return null;
  // An attempt without an outcome has its own check.
  if (run.type === 'connectUser' || mayEnd(run)) return null;
  const failure = run.failure === null ? '' : `: ${brief(run.failure)}`;
  return `ended ${run.status}${failure}`;
}

function closesTooLate(run: Run, { evidence }: Facts): boolean {
  const { type, startedAt, closedAt } = run;
  if (mayCloseLate.includes(type) || undoOf(run) > 0) return false;
  const { faultsEndedAt } = evidence;
  return startedAt <= faultsEndedAt && (closedAt ?? Infinity) > faultsEndedAt + settleMs;
}

function phaseOf({ phase }: Run): string {
  return phase === null ? '' : `, ${phase}`;
}

/** Callers wait for these only some seconds, and then get an error. */
function mayEnd({ type, status }: Run): boolean {
  return status === 'TIMED_OUT' && (type === 'reconnectLink' || type === 'planDisconnect');
}

function staysOpen(run: Run, facts: Facts): boolean {
  switch (run.type) {
    case 'awaitReauth':
      return true;
    case 'deliverEvent':
      return run.phase === 'given_up';
    case 'revokeThenDelete':
      return run.phase === 'undo' && run.startedAt + undoOf(run) > facts.evidence.collectedAt;
    case 'userAccess':
      return accessStaysOpen(run, facts);
    default:
      return false;
  }
}

/**
 * A person has to end a lapse, a block and a hold; a grace period and a cooling-off end at a set
 * time.
 */
function accessStaysOpen(run: Run, facts: Facts): boolean {
  const { evidence, calls } = facts;
  const { userId = run.userId ?? '', timings } = (run.input ?? {}) as {
    userId?: string;
    timings?: Partial<typeof accessTimings>;
  };
  if (run.phase === 'held') return true;
  if (run.phase === 'lapsed') return !hasRenewed(userId, facts);
  if (run.phase === 'blocked') return !hasUnblocked(userId, facts);
  const answers = calls(userId).map(
    ({ value }) => (value as { until?: string | null } | null)?.until ?? null,
  );
  const until = answers.findLast((time) => time !== null);
  if (run.phase === 'grace' || run.phase === 'cooling_off') {
    return until !== undefined && until !== null && Date.parse(until) > evidence.collectedAt;
  }
  // It lists again after every link that may have been open has expired.
  const { linkLifeMs } = { ...accessTimings, ...timings };
  const began = until === undefined || until === null ? run.startedAt : Date.parse(until);
  return run.phase === 'offboarding' && began + linkLifeMs > evidence.collectedAt;
}
