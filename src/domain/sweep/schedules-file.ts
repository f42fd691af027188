import { z } from 'zod';
import { parseInput } from '../schemas.ts';
import { durationMs, type SweepSchedule } from './schedule.ts';
import type { SweepInput } from './sweep.ts';
import { checkSweep, refreshAfterOf, sweepFields } from './schemas.ts';

const dayMs = 86_400_000;
/** At a shorter interval, a sweep would wait for the previous one. */
const leastEveryMs = 10_000;
const mostEveryMs = 366 * dayMs;

const durationSchema = z
  .string()
  .refine((text) => durationMs(text) !== null, 'is not a duration like 90s, 15m, 6h or 1d');

const everySchema = durationSchema.refine((text) => {
  const ms = durationMs(text);
  return ms === null || (ms >= leastEveryMs && ms <= mostEveryMs);
}, 'is not between 10s and 366d');

const refreshAfterSchema = refreshAfterOf(
  durationSchema.transform((text) => durationMs(text) ?? Number.NaN),
);

const timezoneSchema = z.string().refine((name) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}, 'is not an IANA time zone like Europe/Berlin');

const scheduleSchema = z
  .strictObject({
    ...sweepFields,
    every: everySchema.optional(),
    cron: z.string().refine(isCron, 'is not five cron fields in their ranges').optional(),
    timezone: timezoneSchema.optional(),
    jitter: durationSchema.optional(),
    // Checked as durations below, and stored as written.
    refreshAfter: z.record(z.string(), z.string()).optional(),
  })
  .superRefine((schedule, context) => {
    const refuseField = (path: string, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    const { every, cron, timezone, jitter, refreshAfter } = schedule;
    if ((every === undefined) === (cron === undefined))
      refuseField('every', 'set exactly one of every and cron');
    if (timezone !== undefined && cron === undefined) refuseField('timezone', 'needs cron');
    const everyMs = durationMs(every ?? '') ?? dayMs;
    if (jitter !== undefined && (durationMs(jitter) ?? 0) >= everyMs) {
      refuseField('jitter', `is not shorter than ${every ?? '1d'}`);
    }
    const after = refreshAfterSchema.safeParse(refreshAfter);
    for (const { path, message } of after.error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: ['refreshAfter', ...path], message });
    }
    checkSweep(schedule as unknown as SweepInput, context);
  });

const fileSchema = z
  .strictObject({
    schedules: z.array(scheduleSchema).min(1, 'is empty').max(100, 'has more than 100 entries'),
  })
  .superRefine(({ schedules }, context) => {
    const names = schedules.map(({ name }) => name);
    const doubled = names.findIndex((name, index) => names.indexOf(name) < index);
    if (doubled === -1) return;
    const path = ['schedules', doubled, 'name'];
    context.addIssue({ code: 'custom', path, message: 'is the name of an earlier schedule' });
  });

/** Checks the whole file. Throws ERR_INVALID_INPUT with the field's path before any change. */
export function parseSchedulesFile(content: unknown): SweepSchedule[] {
  return parseInput(fileSchema, content).schedules as SweepSchedule[];
}

/** Checks one schedule. Throws ERR_INVALID_INPUT with the name of the invalid field. */
export function parseSchedule(schedule: unknown): SweepSchedule {
  return parseInput(scheduleSchema, schedule) as SweepSchedule;
}

/** Temporal checks it too, but only after Mooring has changed the earlier schedules of the file. */
function isCron(text: string): boolean {
  const ranges: [number, number][] = [
    [0, 59],
    [0, 23],
    [1, 31],
    [1, 12],
    [0, 7],
  ];
  const fields = text.trim().split(/\s+/);
  return fields.length === 5 && fields.every((field, n) => isCronField(field, ranges[n]));
}

function isCronField(field: string, [least, most]: [number, number] = [0, 0]): boolean {
  return field.split(',').every((part) => {
    const [, from, to, every] = /^(\*|\d{1,2})(?:-(\d{1,2}))?(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (from === undefined || (from === '*' && to !== undefined)) return false;
    const first = from === '*' ? least : Number(from);
    const last = to === undefined ? first : Number(to);
    return first >= least && last <= most && first <= last && Number(every ?? 1) >= 1;
  });
}
