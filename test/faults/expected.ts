import type { ErrorCode } from '../../src/index.ts';
import { allCalls, type Cell } from './cells.ts';

/**
 * The rule of the whole table. The backend waits for the calls that open an attempt. An error that
 * no retry can fix is returned to it at once, and nothing is left. After all other faults the
 * connection becomes ACTIVE as without them: with its alias, and the replaced account disconnected.
 */
export function expectedOf({ call, fault }: Cell): 'ACTIVE' | ErrorCode {
  if (call.activity !== 'open') return 'ACTIVE';
  if (fault === '400') return 'ERR_INVALID_INPUT';
  if (fault !== '404') return 'ACTIVE';
  return call.method === 'existing' ? 'ERR_ACCOUNT_NOT_FOUND' : 'ERR_AUTH_CONFIG_NOT_FOUND';
}

/**
 * How many calls a method may make with one fault: its own, those of the hit activity again, and
 * three more. An attempt that lost an answer while it opened deletes what that call made, and lists
 * again at its end. Elsewhere a 404 is read again, a callback has a read of its own, and a due look
 * still reads once. Until the consent there is a look each second, by the test's own timings, for
 * `pendingMs`. `lostTries`: on a machine so busy that a heartbeat is late, Temporal starts another
 * try beside the first, which counts as a fault of its own.
 */
export function mostCalls({ call, callback }: Cell, pendingMs: number, lostTries: number): number {
  const own = allCalls.filter(({ method }) => method === call.method);
  const again = own.filter(({ activity }) => activity === call.activity);
  const looks = callback === 'late' ? 0 : Math.ceil(pendingMs / 1_000);
  return own.length + again.length + 3 + looks + lostTries * (own.length + 3);
}

/**
 * The fault itself takes a minute; the rest is for some tries, the longest of which take ten
 * seconds.
 */
export function deadlineMs({ fault }: Cell): number {
  return fault === '429 for 61 s' ? 180_000 : 90_000;
}
