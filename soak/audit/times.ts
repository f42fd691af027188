import type { Call, Evidence, Run } from '../evidence.ts';

/**
 * More than the difference between clocks of one machine, or between a call and the start of its
 * run.
 */
export const slackMs = 2_000;

/**
 * A call that a fault has delayed, or whose worker was killed, may write this long after its run
 * has closed.
 */
export const lateWriteMs = 10_000;

export interface Span {
  from: number;
  to: number;
}

/** From the request to its answer. */
export function spanOf({ askedAt, answeredAt }: Call, { collectedAt }: Evidence): Span {
  return { from: askedAt, to: answeredAt ?? collectedAt };
}

export function isOpen({ status }: Run): boolean {
  return status === 'RUNNING';
}

/** Whether two spans overlap, or are too close to exclude it. */
export function overlap(one: Span, other: Span, slack = slackMs): boolean {
  return one.from <= other.to + slack && one.to >= other.from - slack;
}

export function spanOfRun({ startedAt, closedAt }: Run): Span {
  return { from: startedAt, to: closedAt ?? Infinity };
}

export function wasOpen(run: Run, span: Span, slack = slackMs): boolean {
  return overlap(spanOfRun(run), span, slack);
}

/** Whether the run was certainly open the whole time. */
export function wasOpenThroughout(run: Run, { from, to }: Span): boolean {
  return run.startedAt <= from - slackMs && (run.closedAt ?? Infinity) >= to + slackMs;
}

export function withSlack({ from, to }: Span): Span {
  return { from: from - slackMs, to: to + slackMs };
}

/** The undo window of a disconnect. */
export function undoOf({ input }: Run): number {
  return (input as { undoWindowMs?: number } | null)?.undoWindowMs ?? 0;
}
