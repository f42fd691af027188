import type { ErrorCode } from '../../src/index.ts';
import { allCalls, type Cell } from './cells.ts';

/**
 * The rule of the whole table. The backend waits for what opens an attempt, so what no repeat can mend is
 * told at once, by its code, and nothing is left. All else passes, and the connection gets ACTIVE
 * as if it had never been: named, and the replaced account out of use.
 */
export function expectedOf({ call, fault }: Cell): 'ACTIVE' | ErrorCode {
  if (call.activity !== 'open') return 'ACTIVE';
  if (fault === '400') return 'ERR_INVALID_INPUT';
  if (fault !== '404') return 'ACTIVE';
  return call.method === 'existing' ? 'ERR_ACCOUNT_NOT_FOUND' : 'ERR_AUTH_CONFIG_NOT_FOUND';
}

/**
 * How many calls one fault may make of a method's own: once more those of the activity it has hit, and three.
 * An attempt that lost an answer while it was opened deletes what that made, and lists once more at
 * its end; elsewhere a 404 is read again before it is believed, and a callback has a read of its own. And a look
 * that is due when another read has decided still reads once.
 * Until somebody has consented there is a look a second, by the test's own timings: `pendingMs` of them.
 * `lostTries`: on a machine so busy that a heartbeat comes late, Temporal takes the worker for dead and starts
 * another try beside it, which is a fault of its own.
 */
export function mostCalls({ call, callback }: Cell, pendingMs: number, lostTries: number): number {
  const own = allCalls.filter(({ method }) => method === call.method);
  const again = own.filter(({ activity }) => activity === call.activity);
  const looks = callback === 'late' ? 0 : Math.ceil(pendingMs / 1_000);
  return own.length + again.length + 3 + looks + lostTries * (own.length + 3);
}

/** A minute's wait is the fault's own; the rest is some tries, of which the longest take ten seconds. */
export function deadlineMs({ fault }: Cell): number {
  return fault === '429 for 61 s' ? 180_000 : 90_000;
}
