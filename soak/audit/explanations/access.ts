import type { Call } from '../../evidence.ts';
import type { Facts } from '../facts.ts';
import { type Span, wasOpen } from '../times.ts';

/** Explained by a run of this user's access that was open at that time. */
export function isAccessAtWork({ userId }: Call, span: Span, facts: Facts): boolean {
  return facts.accessRuns(userId ?? '').some((run) => wasOpen(run, span));
}
