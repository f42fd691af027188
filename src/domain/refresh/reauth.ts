import { type AccountSnapshot, isReplaced } from '../account.ts';
import type { ReauthOutcome } from './refresh.ts';
import { type ReauthTimings, reauthTimings, completeTimings } from '../timings.ts';

/** Why the pending re-auth is over, or null while the user still has to act. */
export function reauthOutcomeOf(account: AccountSnapshot | null): ReauthOutcome | null {
  if (account === null) return 'gone';
  if (isReplaced(account)) return 'replaced';
  switch (account.status) {
    case 'ACTIVE':
      return 'healed';
    case 'REVOKED':
      return 'revoked';
    case 'INACTIVE':
      return 'disabled';
    case 'INITIALIZING':
    case 'INITIATED':
    case 'FAILED':
    case 'EXPIRED':
    case 'UNKNOWN':
      return null;
  }
}

/** The time until the next read without a hint. `elapsedMs` counts from the user's notification. */
export function nextReadMs({ readsMs, everyMs }: ReauthTimings, elapsedMs: number): number {
  const next = readsMs.find((at) => at > elapsedMs);
  return next === undefined ? everyMs : next - elapsedMs;
}

/** A caller in another language may pass any value. Values that are not numbers are ignored. */
export function resolveReauthTimings(given: Partial<ReauthTimings> = {}): ReauthTimings {
  const { readsMs, ...rest } = given;
  const isUsable = Array.isArray(readsMs) && readsMs.every((ms) => Number.isFinite(ms));
  return { ...completeTimings(reauthTimings, rest), ...(isUsable && { readsMs }) };
}
