import { renewInBackground } from './renewal.ts';
import type { State } from './state.ts';

/** Runs the background renewal at the interval that is set. */
export class RenewalTimer {
  private readonly state: State;
  private last: number;
  private running = false;

  constructor(state: State) {
    this.state = state;
    this.last = state.clock.now();
  }

  /** Call it often. The next run waits for one that takes longer than the interval. */
  tick(): void {
    const { clock, log, settings } = this.state;
    const { renewEveryMs } = settings;
    if (renewEveryMs === null || this.running || clock.now() - this.last < renewEveryMs) return;
    this.last = clock.now();
    this.running = true;
    renewInBackground(this.state)
      .catch((error: unknown) => log(`background renewal: ${String(error)}`))
      .finally(() => {
        this.running = false;
      });
  }
}
