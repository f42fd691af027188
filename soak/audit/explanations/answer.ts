import type { Call } from '../../evidence.ts';
import { runsAsked } from '../asked.ts';
import type { Facts } from '../facts.ts';
import { isOpen, type Span, wasOpen, wasOpenThroughout, withSlack } from '../times.ts';

/** Explained by the time: during faults, the API gives no other reason. */
export function isDuringFaults({ askedAt }: Call, _: Span, { evidence }: Facts): boolean {
  return askedAt < evidence.faultsEndedAt;
}

/** Explained by a run that the caller waits for, and that was open when the answer came. */
export function isUnsettled(call: Call, { to }: Span, facts: Facts): boolean {
  const now = { from: to, to };
  return (
    runsAsked(call, facts).some((run) => wasOpen(run, now)) || isDuringFaults(call, now, facts)
  );
}

/**
 * Explained by the runs that the request is about: there was none, or the last one has no result.
 */
export function isUnknown(call: Call, span: Span, facts: Facts): boolean {
  const begun = runsAsked(call, facts).filter(({ startedAt }) => startedAt <= withSlack(span).from);
  const last = begun.at(-1);
  if (last === undefined) return true;
  if (!isOpen(last) && last.status !== 'COMPLETED') return true;
  if (call.operation === 'outcome' || call.operation === 'disconnectResult') return false;
  return !wasOpenThroughout(last, span);
}
