import { describe, expect, it } from 'vitest';
import { accountStatuses } from '../../../../src/domain/account.ts';
import { reauthTimings } from '../../../../src/domain/timings.ts';
import {
  nextReadMs,
  resolveReauthTimings,
  reauthOutcomeOf,
} from '../../../../src/domain/refresh/reauth.ts';
import { row } from '../../activities/support.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

describe('reauthOutcomeOf', () => {
  const ends = { ACTIVE: 'healed', REVOKED: 'revoked', INACTIVE: 'disabled' } as const;

  it.each([...accountStatuses, 'UNKNOWN'] as const)('continues or ends at %s', (status) => {
    const end = (ends as Partial<Record<string, string>>)[status] ?? null;
    expect(reauthOutcomeOf(row({ status }))).toBe(end);
  });

  it('ends if the account is gone, or another account has replaced it', () => {
    expect(reauthOutcomeOf(null)).toBe('gone');
    expect(reauthOutcomeOf(row({ status: 'EXPIRED', alias: 'mooring-replaced-ca_1' }))).toBe(
      'replaced',
    );
  });
});

describe('nextReadMs', () => {
  it('reads after 15 minutes, one hour and six hours, and then daily', () => {
    const next = (elapsedMs: number) => nextReadMs(reauthTimings, elapsedMs);
    expect(next(0)).toBe(15 * minuteMs);
    expect(next(15 * minuteMs)).toBe(45 * minuteMs);
    expect(next(60 * minuteMs)).toBe(300 * minuteMs);
    expect(next(360 * minuteMs)).toBe(dayMs);
    expect(next(20 * dayMs)).toBe(dayMs);
  });

  it('keeps its schedule after a hint in between', () => {
    expect(nextReadMs(reauthTimings, 14 * minuteMs)).toBe(minuteMs);
  });
});

describe('resolveReauthTimings', () => {
  it('accepts only numbers, with a minimum of one second', () => {
    const given = { everyMs: 5, keepMs: Number.NaN, readsMs: ['1'] } as never;
    expect(resolveReauthTimings(given)).toEqual({ ...reauthTimings, everyMs: 1_000 });
    expect(resolveReauthTimings({ readsMs: [2_000] }).readsMs).toEqual([2_000]);
    expect(resolveReauthTimings()).toEqual(reauthTimings);
  });
});
