import type { Clock } from './clock.ts';
import type { Settings } from './settings.ts';

export interface Budget {
  limit: number;
  remaining: number;
  /** Set if no call was left for this one. */
  retryAfterSeconds: number | null;
}

/** The organization's rate limit: a fixed window, shared by every route. */
export class RateLimit {
  private readonly clock: Clock;
  private readonly settings: Settings;
  private window = 0;
  private used = 0;

  constructor(clock: Clock, settings: Settings) {
    this.clock = clock;
    this.settings = settings;
  }

  take(): Budget {
    const now = this.clock.now();
    const { windowMs } = this.settings;
    const window = Math.floor(now / windowMs);
    if (window !== this.window) {
      this.window = window;
      this.used = 0;
    }
    const limit = this.settings.requestsPerMinute;
    const refused = this.used >= limit;
    if (!refused) this.used++;
    return {
      limit,
      remaining: Math.max(0, limit - this.used),
      retryAfterSeconds: refused ? Math.ceil(((window + 1) * windowMs - now) / 1_000) : null,
    };
  }
}
