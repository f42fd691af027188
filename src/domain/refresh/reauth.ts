import { type AccountSnapshot, isReplaced } from '../account.ts';
import type { ToldEnd } from './refresh.ts';
import { type ToldTimings, toldTimings } from '../timings.ts';

/** Why this user need not be remembered any longer, or null while he still has to act. */
export function toldEnd(account: AccountSnapshot | null): ToldEnd | null {
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

/** How long until the next read without a hint, `elapsedMs` after the user was told. */
export function nextReadMs({ readsMs, everyMs }: ToldTimings, elapsedMs: number): number {
  const next = readsMs.find((at) => at > elapsedMs);
  return next === undefined ? everyMs : next - elapsedMs;
}

/** A caller of another language may pass anything: what is no number of milliseconds is not taken. */
export function resolveToldTimings(given: Partial<ToldTimings> = {}): ToldTimings {
  const { readsMs, ...rest } = given;
  const usable = Object.entries(rest).filter(([, ms]) => Number.isFinite(ms));
  const bounded = usable.map(([name, ms]) => [name, Math.max(ms, 1_000)]);
  const isUsable = Array.isArray(readsMs) && readsMs.every((ms) => Number.isFinite(ms));
  return { ...toldTimings, ...Object.fromEntries(bounded), ...(isUsable && { readsMs }) };
}
