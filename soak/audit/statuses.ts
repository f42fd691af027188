import type { WriteEntry } from '../../sandbox/control.ts';
import type { Span } from './times.ts';

export type Status = WriteEntry['statusAfter'] | 'deleted';

/**
 * The statuses that the account had during a span, by the log of writes; `deleted` counts as one.
 */
export function statusesDuring(writes: readonly WriteEntry[], { from, to }: Span): Set<Status> {
  const before = writes.findLast(({ at }) => at < from);
  const during = writes.filter(({ at }) => at >= from && at <= to);
  return new Set([before, ...during].filter((write) => write !== undefined).map(statusAfter));
}

function statusAfter({ op, statusAfter }: WriteEntry): Status {
  return op === 'delete' ? 'deleted' : statusAfter;
}

/** Whether the account existed and had only these statuses. */
export function wasOnly(
  writes: readonly WriteEntry[],
  span: Span,
  allowed: readonly Status[],
): boolean {
  const statuses = statusesDuring(writes, span);
  return statuses.size > 0 && [...statuses].every((status) => allowed.includes(status));
}
