import type { Call, Evidence, Run } from '../evidence.ts';

/** Clocks of one machine differ by less, and so do a call and the run that it started. */
export const slackMs = 2_000;

/** A call that a fault has delayed, or whose worker was killed, may write so long after its run has ended. */
export const lateWriteMs = 10_000;

export interface Span {
  from: number;
  to: number;
}

/** From the question to its answer. */
export function spanOf({ askedAt, answeredAt }: Call, { collectedAt }: Evidence): Span {
  return { from: askedAt, to: answeredAt ?? collectedAt };
}

export function isOpen({ status }: Run): boolean {
  return status === 'RUNNING';
}

/** Whether two things were at once, or so close to it that nobody can say. */
export function overlap(one: Span, other: Span, slack = slackMs): boolean {
  return one.from <= other.to + slack && one.to >= other.from - slack;
}

export function spanOfRun({ startedAt, closedAt }: Run): Span {
  return { from: startedAt, to: closedAt ?? Infinity };
}

export function wasOpen(run: Run, span: Span, slack = slackMs): boolean {
  return overlap(spanOfRun(run), span, slack);
}

/** Whether the run was certainly open all the time. */
export function wasOpenThroughout(run: Run, { from, to }: Span): boolean {
  return run.startedAt <= from - slackMs && (run.closedAt ?? Infinity) >= to + slackMs;
}

export function withSlack({ from, to }: Span): Span {
  return { from: from - slackMs, to: to + slackMs };
}

/** How long an end waits before it begins, so that it may be undone. */
export function undoOf({ input }: Run): number {
  return (input as { undoWindowMs?: number } | null)?.undoWindowMs ?? 0;
}
