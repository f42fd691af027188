import { describe, expect, it } from 'vitest';
import { add, emptyTally, settledTally, suspects } from '../../../../src/domain/sweep/tally.ts';
import type { SweepOutcome, SweepRow } from '../../../../src/domain/sweep/sweep.ts';

const died = 'Permanent auth error during token refresh';

function rows(toolkit: string, outcome: SweepOutcome, count: number) {
  return Array.from({ length: count }, (_, n) => {
    const owner = { id: `ca_${n}`, userId: 'ada', authConfigId: 'ac_1' };
    const row: SweepRow = { ...owner, toolkit, statusBefore: 'EXPIRED', statusReason: died };
    return [row, { outcome, reason: null }] as const;
  });
}

describe('what a sweep adds up', () => {
  it('names a toolkit of which more than half, and ten at least, have failed alike', () => {
    const of = (...entries: ReturnType<typeof rows>) => suspects(settledTally(entries));
    expect(of(...rows('gmail', 'needs_user', 9))).toEqual([]);
    expect(of(...rows('gmail', 'needs_user', 10), ...rows('gmail', 'healed', 10))).toEqual([]);
    expect(of(...rows('gmail', 'healed', 100))).toEqual([]);
    expect(of(...rows('gmail', 'failed', 11), ...rows('gmail', 'healed', 10))).toEqual([
      { toolkit: 'gmail', sick: 21, alike: 11, outcome: 'failed', reason: died },
    ]);
  });

  it('takes no account that was left to others for a sick one', () => {
    const entries = [...rows('gmail', 'told', 500), ...rows('gmail', 'needs_user', 12)];
    expect(suspects(settledTally(entries))).toMatchObject([{ sick: 12, alike: 12 }]);
  });

  it('keeps the first fifty failures of a chain, and counts them all', () => {
    const batch = settledTally(rows('gmail', 'failed', 40));
    const total = add(add(emptyTally(), batch), batch);
    expect(total.failures).toHaveLength(50);
    expect(total.outcomes).toEqual({ failed: 80 });
  });

  it('stays small, however many toolkits and ways of failing there are', () => {
    let total = emptyTally();
    for (let n = 0; n < 1_000; n++) {
      const [[row, settled] = []] = rows(`toolkit${n}`, 'failed', 1);
      if (row === undefined || settled === undefined) continue;
      total = add(total, settledTally([[{ ...row, statusReason: `reason ${n}` }, settled]]));
    }
    expect(JSON.stringify(total).length).toBeLessThan(40_000);
    expect(total.outcomes).toEqual({ failed: 1_000 });
  });
});
