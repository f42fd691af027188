import { isDeepStrictEqual } from 'node:util';
import type { ConnectOutcome } from '../../src/domain/connect/connect.ts';
import { asOutcome, type Attempt, wordsOf } from './attempts.ts';
import { connectEvents } from './connect-events.ts';
import type { Check, Facts, Finding } from './facts.ts';
import { groupBy } from './group.ts';
import { checkLists } from './lists.ts';
import { isOpen, spanOf, withSlack } from './times.ts';
import { untruthOf } from './truth.ts';

/** Every attempt has exactly one outcome, all callers get the same one, and it is true. */
export const checkOutcomes: Check = (facts) => [
  ...facts.attempts.flatMap((attempt) => judgeAttempt(attempt, facts)),
  ...findOtherAnswers(facts),
  ...findOtherEvents(facts),
  ...findOtherFinalAnswers(facts),
  ...checkLists(facts),
];

function judgeAttempt(attempt: Attempt, facts: Facts): Finding[] {
  const { run, userId, outcome } = attempt;
  if (isOpen(run)) return [];
  if (outcome === null) {
    return [{ userId, what: `attempt ${run.runId} ended ${run.status}, without an outcome` }];
  }
  const untruth = untruthOf(attempt, outcome, facts);
  return untruth === null ? [] : [{ userId, what: `attempt ${run.runId} ended ${untruth}` }];
}

/** A caller gets the outcome of the attempt that was the newest at that moment. */
function findOtherAnswers({ evidence, attempts }: Facts): Finding[] {
  const byConnection = groupBy(attempts, ({ connectionId }) => connectionId);
  const refreshes = evidence.runs.filter(({ type }) => type === 'refreshConnection');
  return evidence.calls.flatMap((call) => {
    const { operation, userId, story, n, input } = call;
    const value = asOutcome(call.value);
    if (value === null) return [];
    const what = `call ${n} (${operation}) was answered ${wordsOf(value)}, and`;
    if (operation === 'refreshOutcome') {
      if (refreshes.some(({ result }) => isDeepStrictEqual(result, value))) return [];
      return [{ userId, story, what: `${what} no refresh had this outcome` }];
    }
    if (operation !== 'outcome' && operation !== 'confirm') return [];
    const span = withSlack(spanOf(call, evidence));
    const meant = attemptsMeant(byConnection.get(String(input.connectionId)) ?? [], span);
    if (meant.some(({ outcome }) => outcome === null || isDeepStrictEqual(outcome, value)))
      return [];
    const ended = meant.map(
      ({ run, outcome }) => `${run.runId} ended ${outcome && wordsOf(outcome)}`,
    );
    return [{ userId, story, what: `${what} attempt ${ended.join(', ') || 'none'}` }];
  });
}

/** An attempt that was refused at once does not count, unless there was no other. */
function attemptsMeant(
  attempts: readonly Attempt[],
  { from, to }: { from: number; to: number },
): Attempt[] {
  const begun = attempts.filter(({ run }) => run.startedAt <= to);
  const real = begun.filter(({ isRefused }) => !isRefused);
  const counted = real.length === 0 ? begun : real;
  return counted.filter((_, at) => (counted[at + 1]?.run.startedAt ?? Infinity) >= from);
}

function findOtherEvents(facts: Facts): Finding[] {
  const attempts = new Map(facts.attempts.map((attempt) => [attempt.run.runId, attempt]));
  const wrong = connectEvents(facts).flatMap(({ id, type, runId, outcome }) => {
    const attempt = attempts.get(runId);
    if (attempt === undefined || attempt.outcome === null) return [];
    const isSame = isDeepStrictEqual(attempt.outcome, outcome);
    if (isSame && type === `connect.${outcome.status.toLowerCase()}`) return [];
    const said = `event ${id} (${type}) says ${wordsOf(outcome)}`;
    const ended = `attempt ${runId} ended ${wordsOf(attempt.outcome)}`;
    return [[id, { userId: attempt.userId, what: `${said}, and ${ended}` }] as const];
  });
  // The same event was sent to several endpoints.
  return [...new Map(wrong).values()];
}

function findOtherFinalAnswers({ evidence, attempts }: Facts): Finding[] {
  const byConnection = groupBy(attempts, ({ connectionId }) => connectionId);
  return evidence.outcomes.flatMap(({ connectionId, outcome, error }) => {
    const of = byConnection.get(connectionId) ?? [];
    const last = attemptsMeant(of, { from: Infinity, to: Infinity }).at(-1);
    // Open attempts and attempts without an outcome are reported by other checks.
    if (last === undefined || last.outcome === null) return [];
    if (outcome !== null && isDeepStrictEqual(outcome, last.outcome)) return [];
    if (last.isRefused && error?.code === 'ERR_OUTCOME_UNKNOWN') return [];
    const answer = finalAnswer(outcome, error?.code ?? null);
    const what =
      `connection ${connectionId} answers ${answer} in the end, ` +
      `and its last attempt ${last.run.runId} ended ${wordsOf(last.outcome)}`;
    return [{ userId: last.userId, what }];
  });
}

function finalAnswer(outcome: ConnectOutcome | null, code: string | null): string {
  return outcome === null ? (code ?? 'an unknown error') : wordsOf(outcome);
}
