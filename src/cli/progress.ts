import type { SweepView } from '../index.ts';

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const barWidth = 24;
const plainEveryMs = 10_000;

/**
 * Shows the progress of a sweep: on a terminal one line that is overwritten, elsewhere a new line
 * every ten seconds. The bar shows the settled share of the found accounts. A probe settles none,
 * so its bar shows the share of accounts seen.
 */
export class ProgressBar {
  readonly #stream: Stream;
  readonly #now: () => number;
  #start: { at: number; seen: number } | null = null;
  #shownAt = -Infinity;

  constructor(stream: Stream, now: () => number = Date.now) {
    this.#stream = stream;
    this.#now = now;
  }

  show(view: SweepView): void {
    const now = this.#now();
    this.#start ??= { at: now, seen: view.seen };
    const { at, seen } = this.#start;
    const rate = now > at ? Math.round(((view.seen - seen) * 1_000) / (now - at)) : 0;
    if (this.#stream.isTTY) {
      const line = `${barOf(view)} ${textOf(view, rate)}`;
      // Cut to the terminal's width: a wrapped line would not be overwritten.
      this.#stream.write(`\r\u001b[2K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
    } else if (now - this.#shownAt >= plainEveryMs) {
      this.#shownAt = now;
      this.#stream.write(`${textOf(view, rate)}\n`);
    }
  }

  /** Clears the line for the report. */
  clearLine(): void {
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
