import type { SweepView } from '../index.ts';

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const barWidth = 24;
const plainEveryMs = 10_000;

/**
 * Shows how far a sweep is: a line that moves on a terminal, and elsewhere one line each ten seconds. The bar
 * fills with what is settled of what was found; that of a probe, which settles nothing, with what it has seen.
 */
export class ProgressBar {
  readonly #stream: Stream;
  readonly #now: () => number;
  #began: { at: number; seen: number } | null = null;
  #shownAt = -Infinity;

  constructor(stream: Stream, now: () => number = Date.now) {
    this.#stream = stream;
    this.#now = now;
  }

  show(view: SweepView): void {
    const now = this.#now();
    this.#began ??= { at: now, seen: view.seen };
    const { at, seen } = this.#began;
    const rate = now > at ? Math.round(((view.seen - seen) * 1_000) / (now - at)) : 0;
    if (this.#stream.isTTY) {
      const line = `${barOf(view)} ${textOf(view, rate)}`;
      // As wide as the terminal at most: a line that wraps would not be written over.
      this.#stream.write(`\r\u001b[2K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
    } else if (now - this.#shownAt >= plainEveryMs) {
      this.#shownAt = now;
      this.#stream.write(`${textOf(view, rate)}\n`);
    }
  }

  /** Leaves the terminal's line to the report. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[2K');
  }
}

function barOf({ mode, found, seen, total, outcomes, ended }: SweepView): string {
  const settled = Object.values(outcomes).reduce((sum, n) => sum + n, 0);
  const [done, all] = mode === 'probe' ? [seen, total ?? 0] : [settled, found];
  const share = ended === 'finished' ? 1 : all === 0 ? 0 : done / all;
  const full = Math.round(Math.min(1, share) * barWidth);
  return `[${'='.repeat(full)}${' '.repeat(barWidth - full)}]`;
}

function textOf({ phase, seen, outcomes, breaker }: SweepView, rate: number): string {
  const counts = Object.entries(outcomes).map(([outcome, n]) => `${n} ${outcome}`);
  const hurt = breaker?.hurt.length ? [`${breaker.hurt.length} of ${breaker.limit} harmed`] : [];
  return [phase, `${seen} seen`, `${rate}/s`, ...counts, ...hurt].join(' · ');
}
