import { describe, expect, it } from 'vitest';
import { addTallies, emptyTally, tallyOf, suspects } from '../../../../src/domain/sweep/tally.ts';
import type { SweepOutcome, SweepRow } from '../../../../src/domain/sweep/sweep.ts';

const died = 'Permanent auth error during token refresh';

function rows(toolkit: string, outcome: SweepOutcome, count: number) {
  return Array.from({ length: count }, (_, n) => {
    const owner = { id: `ca_${n}`, userId: 'ada', authConfigId: 'ac_1' };
    const row: SweepRow = { ...owner, toolkit, statusBefore: 'EXPIRED', statusReason: died };
    return [row, { outcome, reason: null }] as const;
  });
}

describe('the tally of a sweep', () => {
  it('names a toolkit if more than half of its accounts, and at least ten, failed in the same way', () => {
    const of = (...entries: ReturnType<typeof rows>) => suspects(tallyOf(entries));
    expect(of(...rows('gmail', 'reauth_required', 9))).toEqual([]);
    expect(of(...rows('gmail', 'reauth_required', 10), ...rows('gmail', 'healed', 10))).toEqual([]);
    expect(of(...rows('gmail', 'healed', 100))).toEqual([]);
    expect(of(...rows('gmail', 'failed', 11), ...rows('gmail', 'healed', 10))).toEqual([
      { toolkit: 'gmail', sick: 21, alike: 11, outcome: 'failed', reason: died },
    ]);
  });

  it('does not count skipped accounts as failures', () => {
    const entries = [
      ...rows('gmail', 'already_notified', 500),
      ...rows('gmail', 'reauth_required', 12),
    ];
    expect(suspects(tallyOf(entries))).toMatchObject([{ sick: 12, alike: 12 }]);
  });

  it('keeps the first fifty failures of a chain, and counts all of them', () => {
    const batch = tallyOf(rows('gmail', 'failed', 40));
    const total = addTallies(addTallies(emptyTally(), batch), batch);
    expect(total.failures).toHaveLength(50);
    expect(total.outcomes).toEqual({ failed: 80 });
  });

  it('stays small with any number of toolkits and kinds of failure', () => {
    let total = emptyTally();
    for (let n = 0; n < 1_000; n++) {
      const [[row, settled] = []] = rows(`toolkit${n}`, 'failed', 1);
      if (row === undefined || settled === undefined) continue;
      total = addTallies(total, tallyOf([[{ ...row, statusReason: `reason ${n}` }, settled]]));
    }
    expect(JSON.stringify(total).length).toBeLessThan(40_000);
    expect(total.outcomes).toEqual({ failed: 1_000 });
  });
});
