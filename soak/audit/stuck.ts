import { accessTimings } from '../../src/domain/timings.ts';
import type { Run } from '../evidence.ts';
import type { Check, Facts } from './facts.ts';
import { brief } from './text.ts';
import { isOpen } from './times.ts';

/** Every run that is no memory has ended by itself, and no run fails again and again. */
export const checkStuck: Check = (facts) =>
  facts.evidence.runs.flatMap((run) => {
    const why = reasonFor(run, facts);
    if (why === null) return [];
    return [{ userId: run.userId, what: `run ${run.runId} of ${run.workflowId} ${why}` }];
  });

function reasonFor(run: Run, facts: Facts): string | null {
  // A Schedule of Temporal is a run too.
  if (run.type.startsWith('temporal-sys-')) return null;
  if (run.taskFailure !== null) return `cannot go on: ${brief(run.taskFailure)}`;
  if (isOpen(run)) return staysOpen(run, facts) ? null : `is still open${phaseOf(run)}`;
  if (run.status === 'COMPLETED' || run.status === 'CONTINUED_AS_NEW') return null;
  // An attempt without an outcome is reported as that.
  if (run.type === 'connectUser' || mayEnd(run)) return null;
  const failure = run.failure === null ? '' : `: ${brief(run.failure)}`;
  return `ended ${run.status}${failure}`;
}

function phaseOf({ phase }: Run): string {
  return phase === null ? '' : `, ${phase}`;
}

/** Nobody waits for these any longer than for some seconds, and their caller is given an error then. */
function mayEnd({ type, status }: Run): boolean {
  return status === 'TIMED_OUT' && (type === 'reconnectLink' || type === 'planDisconnect');
}

function staysOpen(run: Run, facts: Facts): boolean {
  switch (run.type) {
    case 'needsUser':
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

function undoOf({ input }: Run): number {
  return (input as { undoWindowMs?: number } | null)?.undoWindowMs ?? 0;
}

/** Somebody has to end a lapse, a block and what is held; a grace and a cooling-off end at a time. */
function accessStaysOpen(run: Run, { evidence, calls }: Facts): boolean {
  if (['lapsed', 'blocked', 'held'].includes(run.phase ?? '')) return true;
  const { userId, timings } = (run.input ?? {}) as {
    userId?: string;
    timings?: Partial<typeof accessTimings>;
  };
  const answers = calls(userId ?? run.userId ?? '').map(
    ({ value }) => (value as { until?: string | null } | null)?.until ?? null,
  );
  const until = answers.findLast((time) => time !== null);
  if (run.phase === 'grace' || run.phase === 'cooling_off') {
    return until !== undefined && until !== null && Date.parse(until) > evidence.collectedAt;
  }
  // It lists once more after every link that may have been open has ended.
  const { linkLifeMs } = { ...accessTimings, ...timings };
  const began = until === undefined || until === null ? run.startedAt : Date.parse(until);
  return run.phase === 'offboarding' && began + linkLifeMs > evidence.collectedAt;
}
