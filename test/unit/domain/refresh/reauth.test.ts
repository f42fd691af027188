import { describe, expect, it } from 'vitest';
import { accountStatuses } from '../../../../src/domain/account.ts';
import { toldTimings } from '../../../../src/domain/timings.ts';
import { nextReadMs, resolveToldTimings, toldEnd } from '../../../../src/domain/refresh/reauth.ts';
import { row } from '../../activities/support.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

describe('toldEnd', () => {
  const ends = { ACTIVE: 'healed', REVOKED: 'revoked', INACTIVE: 'disabled' } as const;

  it.each([...accountStatuses, 'UNKNOWN'] as const)('goes on or ends at %s', (status) => {
    const end = (ends as Partial<Record<string, string>>)[status] ?? null;
    expect(toldEnd(row({ status }))).toBe(end);
  });

  it('ends with the account, or when another has replaced it', () => {
    expect(toldEnd(null)).toBe('gone');
    expect(toldEnd(row({ status: 'EXPIRED', alias: 'mooring-replaced-ca_1' }))).toBe('replaced');
  });
});

describe('nextReadMs', () => {
  it('reads after 15 minutes, an hour and six, and daily from then on', () => {
    const next = (elapsedMs: number) => nextReadMs(toldTimings, elapsedMs);
    expect(next(0)).toBe(15 * minuteMs);
    expect(next(15 * minuteMs)).toBe(45 * minuteMs);
    expect(next(60 * minuteMs)).toBe(300 * minuteMs);
    expect(next(360 * minuteMs)).toBe(dayMs);
    expect(next(20 * dayMs)).toBe(dayMs);
  });

  it('comes when it was due also after a hint in between', () => {
    expect(nextReadMs(toldTimings, 14 * minuteMs)).toBe(minuteMs);
  });
});

describe('resolveToldTimings', () => {
  it('takes numbers, none below a second, and nothing else', () => {
    const given = { everyMs: 5, keepMs: Number.NaN, readsMs: ['1'] } as never;
    expect(resolveToldTimings(given)).toEqual({ ...toldTimings, everyMs: 1_000 });
    expect(resolveToldTimings({ readsMs: [2_000] }).readsMs).toEqual([2_000]);
    expect(resolveToldTimings()).toEqual(toldTimings);
  });
});
