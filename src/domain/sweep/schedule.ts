import type { SweepInput } from './sweep.ts';

/**
 * A scheduled sweep, as `mooring.schedules.json` and the client write it. Durations are like `15m`.
 */
export interface SweepSchedule extends Omit<SweepInput, 'sizes' | 'refreshAfter'> {
  /** The interval: `90s`, `15m`, `6h`, `1d`. Set exactly one of `every` and `cron`. */
  every?: string;
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron?: string;
  /** For `cron`: an IANA time zone name. Default: UTC. */
  timezone?: string;
  /** The longest random delay of each run, so that not every project sweeps on the minute. */
  jitter?: string;
  /**
   * For `proactive`: by toolkit, the time without a change until an ACTIVE account is refreshed.
   */
  refreshAfter?: Record<string, string>;
}

/** A Temporal Schedule. */
export interface ScheduleSummary {
  name: string;
  paused: boolean;
  /** The note of its last pause or resume. */
  note: string | null;
  /** When it starts the next run. Null if it is paused. */
  nextAt: string | null;
  /** When it last started a run. */
  lastAt: string | null;
}

const unitsMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration like `15m`, or null if the text is not one. */
export function durationMs(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = unitsMs[unit];
  return number === undefined || ms === undefined ? null : Number(number) * ms;
}

/** The input of this schedule's runs. */
export function sweepInputOf(schedule: SweepSchedule): SweepInput {
  const { every: _, cron: __, timezone: ___, jitter: ____, refreshAfter, ...input } = schedule;
  const entries = Object.entries(refreshAfter ?? {});
  return {
    ...input,
    ...(refreshAfter && {
      refreshAfter: Object.fromEntries(
        entries.map(([name, text]) => [name, durationMs(text) ?? 0]),
      ),
    }),
  };
}
