import { describe, expect, it } from 'vitest';
import { ProgressBar } from '../../../src/cli/progress.ts';
import type { SweepView } from '../../../src/index.ts';

const view: SweepView = {
  name: 'heal',
  mode: 'heal',
  phase: 'sweeping',
  seen: 0,
  pages: 0,
  found: 0,
  total: null,
  statuses: {},
  outcomes: {},
  reasons: {},
  failures: [],
  maybeMissed: 0,
  breaker: null,
  suspects: [],
  startedAt: '2026-01-01T00:00:00Z',
  ended: null,
};

function shown(stream: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  let now = 0;
  const progress = new ProgressBar(
    { ...stream, write: (text: string) => written.push(text) },
    () => now,
  );
  return {
    written,
    progress,
    show: (at: number, change: Partial<SweepView>) => {
      now = at;
      progress.show({ ...view, ...change });
    },
  };
}

describe('the progress of a sweep', () => {
  it('is one line each ten seconds without a terminal, with the rate since the command began to watch', () => {
    const { written, show, progress } = shown({});
    show(0, { seen: 1_000 });
    show(9_999, { seen: 1_500 });
    show(10_000, { seen: 2_000, found: 9, outcomes: { healed: 3, reauth_required: 1 } });
    progress.clearLine();
    expect(written).toEqual([
      'sweeping · 1000 seen · 0/s\n',
      'sweeping · 2000 seen · 100/s · 3 healed · 1 reauth_required\n',
    ]);
  });

  it('fills a bar on a terminal: replaces the line before, and is never wider than the terminal', () => {
    const { written, show, progress } = shown({ isTTY: true, columns: 50 });
    show(0, { found: 4, outcomes: { healed: 1 } });
    show(100, { found: 4, outcomes: { healed: 2, cannot_refresh: 2 } });
    progress.clearLine();
    const [first = '', second = '', last] = written;
    expect(first).toBe(`\r\u001b[2K[${'='.repeat(6)}${' '.repeat(18)}] sweeping · 0 seen · 0/`);
    expect(second).toContain(`[${'='.repeat(24)}]`);
    for (const line of [first, second]) expect(line.length - '\r\u001b[2K'.length).toBe(49);
    expect(last).toBe('\r\u001b[2K');
  });

  it('fills the bar of a probe by the part of the list that it has seen, and completes it at the end', () => {
    const { written, show } = shown({ isTTY: true, columns: 200 });
    show(0, { mode: 'probe', seen: 5 });
    show(500, { mode: 'probe', seen: 10, total: 40 });
    show(1_000, { mode: 'probe', seen: 25, total: 40, phase: 'settled', ended: 'finished' });
    expect(written[0]).toContain(`[${' '.repeat(24)}]`);
    expect(written[1]).toContain(`[${'='.repeat(6)}${' '.repeat(18)}]`);
    expect(written[2]).toContain(`[${'='.repeat(24)}] settled · 25 seen · 20/s`);
  });

  it('names the harmed accounts', () => {
    const { written, show } = shown({ isTTY: true, columns: 200 });
    show(0, { breaker: { limit: 3, hurt: ['ca_1'], streak: 0 } });
    expect(written[0]).toContain('1 of 3 harmed');
  });
});
