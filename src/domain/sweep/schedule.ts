import type { SweepInput } from './sweep.ts';

/** One sweep that comes again and again, as `mooring.schedules.json` and the client write it. Texts like `15m`. */
export interface SweepSchedule extends Omit<SweepInput, 'sizes' | 'refreshAfter'> {
  /** How far apart: `90s`, `15m`, `6h`, `1d`. This or `cron`. */
  every?: string;
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron?: string;
  /** For `cron`: an IANA name. Default UTC. */
  timezone?: string;
  /** Each run is late by a random part of this, so that not every project sweeps on the minute. */
  jitter?: string;
  /** For `proactive`: by toolkit, after how long without a change an ACTIVE account is refreshed. */
  refreshAfter?: Record<string, string>;
}

/** A Schedule as Temporal knows it. */
export interface ScheduleSummary {
  name: string;
  paused: boolean;
  /** Why it is paused, or what was said when it was resumed. */
  note: string | null;
  /** The next time, unless it is paused. */
  nextAt: string | null;
  /** When it has fired last. */
  lastAt: string | null;
}

const unitsMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a text like `15m`, or null when it is none. */
export function durationMs(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = unitsMs[unit];
  return number === undefined || ms === undefined ? null : Number(number) * ms;
}

/** What a run of this schedule is started with. */
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
