import { isDeepStrictEqual } from 'node:util';
import { isErrorCode } from '../../src/domain/errors.ts';
import type { Call } from '../evidence.ts';
import { explains } from './explanations/index.ts';
import type { Check, Facts, Finding } from './facts.ts';
import { groupBy } from './group.ts';
import { brief } from './text.ts';
import { spanOf } from './times.ts';

/** The slowest wait of a client ends within this time after the last fault. */
const calmAfterMs = 60_000;

/**
 * These codes say that something is down. They may occur during faults, but never as the last
 * answer.
 */
const away = [
  'ERR_NO_WORKER',
  'ERR_WORKER_BUSY',
  'ERR_API_UNAVAILABLE',
  'ERR_TEMPORAL_UNAVAILABLE',
];

/**
 * Every refusal has a reason in what was open at that time, and no outage refuses a request for
 * good.
 */
export const checkRefusals: Check = (facts) => {
  const requests = groupBy(facts.evidence.calls, keyOf);
  return [...requests.values()].flatMap((calls) => [
    ...findUnexplainedRefusals(calls, facts),
    ...findForgottenAnswers(calls),
  ]);
};

/** Calls with the same request id, or with the same input, are one request. */
function keyOf({ story, userId, operation, requestId, input }: Call): string {
  return JSON.stringify([story, userId, operation, requestId ?? input]);
}

/**
 * At most one finding for each code: a caller that repeats a request gets the same refusal many
 * times.
 */
function findUnexplainedRefusals(calls: readonly Call[], facts: Facts): Finding[] {
  const findings = new Map<string | null, Finding>();
  for (const call of calls) {
    const why = objection(call, calls, facts);
    const code = call.error?.code ?? null;
    if (why === null || findings.has(code)) continue;
    const { n, story, userId, operation } = call;
    findings.set(code, { userId, story, what: `call ${n} (${operation}) ${why}` });
  }
  return [...findings.values()];
}

function objection(call: Call, calls: readonly Call[], facts: Facts): string | null {
  const { error, askedAt, answeredAt } = call;
  if (error === null || answeredAt === null) return null;
  const { code, message } = error;
  if (!isErrorCode(code)) return `threw an error that is no MooringError: ${brief(message)}`;
  if (away.includes(code)) {
    const { faultsEndedAt } = facts.evidence;
    const isLast = calls.length > 1 && call === calls.at(-1);
    if (isLast && calls.every(isForNow)) return `never got another answer than ${code}`;
    const isCalm = askedAt > faultsEndedAt + calmAfterMs;
    return isCalm ? `was refused with ${code}, although nothing was down any more` : null;
  }
  const span = { ...spanOf(call, facts.evidence), ...memory(call, calls) };
  if (explains[code](call, span, facts)) return null;
  return `was refused with ${code}, and nothing in the log explains it`;
}

/** Whether the answer asks for a repeat: something is down, or the account is busy. */
function isForNow({ error }: Call): boolean {
  return [...away, 'ERR_ACCOUNT_BUSY'].includes(error?.code ?? '');
}

/**
 * A refusal is the answer of its request id from then on. "Busy" is not, as the caller should
 * repeat it.
 */
function memory({ error, requestId }: Call, calls: readonly Call[]): { from?: number } {
  if (requestId === null || error?.code === 'ERR_ACCOUNT_BUSY') return {};
  const first = calls.find((call) => call.error?.code === error?.code);
  return first === undefined ? {} : { from: first.askedAt };
}

/** A repeat must get the first answer. */
function findForgottenAnswers(calls: readonly Call[]): Finding[] {
  const answered = calls.filter(
    ({ operation, requestId }) => operation === 'connectUser' && requestId !== null,
  );
  const first = answered.find(({ value }) => value !== null);
  const later = answered.slice(first === undefined ? answered.length : answered.indexOf(first) + 1);
  const other = later.find(
    ({ value, error }) =>
      (value !== null &&
        !isDeepStrictEqual(accountAnswered(value), accountAnswered(first?.value))) ||
      (error !== null && !away.includes(error.code ?? '')),
  );
  if (first === undefined || other === undefined) return [];
  const { n, story, userId, operation, error } = other;
  const answer =
    error === null ? `account ${accountAnswered(other.value)}` : (error.code ?? 'an error');
  const what = `call ${n} (${operation}) repeats call ${first.n}, which returned account ${accountAnswered(first.value)}, but returned ${answer}`;
  return [{ userId, story, what }];
}

function accountAnswered(value: unknown): string | null {
  return (value as { connectedAccountId?: string } | null)?.connectedAccountId ?? null;
}
