import { renewInBackground } from './renewal.ts';
import type { State } from './state.ts';

/** Lets the background renewal run every so often, where that is set. */
export class RenewalTimer {
  private readonly state: State;
  private last: number;
  private running = false;

  constructor(state: State) {
    this.state = state;
    this.last = state.clock.now();
  }

  /** To be called often; a run that takes longer than the interval is not overtaken by the next. */
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
