import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sweepInputOf } from '../../../../src/domain/sweep/schedule.ts';
import { parseSchedulesFile } from '../../../../src/domain/sweep/schedules-file.ts';
import { parseSweepInput } from '../../../../src/domain/sweep/schemas.ts';

const one = { name: 'heal', every: '15m' };
const proactive = { name: 'p', cron: '0 3 * * 1-5', mode: 'proactive' };
const file = (...schedules: object[]) => ({ schedules });

describe('a schedule file', () => {
  it('of the repository heals every 15 minutes and probes once a day', () => {
    const path = new URL('../../../../mooring.schedules.json', import.meta.url);
    const schedules = parseSchedulesFile(JSON.parse(readFileSync(path, 'utf8')));
    expect(schedules.map(({ name, mode, every }) => [name, mode, every])).toEqual([
      ['heal', 'heal', '15m'],
      ['probe', 'probe', '1d'],
    ]);
  });

  it('starts runs with an input that the worker accepts', () => {
    const filter = { toolkitSlugs: ['gmail'] };
    const given = { ...proactive, refreshAfter: { gmail: '30d' }, harmLimit: 2, filter };
    const [schedule = one] = parseSchedulesFile(file(given));
    expect(parseSweepInput(sweepInputOf(schedule))).toEqual({
      name: 'p',
      mode: 'proactive',
      refreshAfter: { gmail: 30 * 86_400_000 },
      harmLimit: 2,
      filter,
    });
  });

  it.each([
    [{}, 'schedules'],
    [{ schedules: [] }, 'schedules'],
    [{ ...file(one), more: 1 }, 'more'],
    [file({ ...one, evry: '1m' }), 'schedules.0.evry'],
    [file({ name: 'heal' }), 'schedules.0.every'],
    [file({ ...one, cron: '* * * * *' }), 'schedules.0.every'],
    [file({ ...one, every: '15' }), 'schedules.0.every'],
    [file({ ...one, every: '0m' }), 'schedules.0.every'],
    [file({ ...one, every: '5s' }), 'schedules.0.every'],
    [file({ ...one, every: '900d' }), 'schedules.0.every'],
    [file({ ...one, jitter: '15m' }), 'schedules.0.jitter'],
    [file({ ...one, timezone: 'UTC' }), 'schedules.0.timezone'],
    [file({ ...proactive, mode: 'heal', timezone: 'Mars' }), 'schedules.0.timezone'],
    [file({ ...one, name: 'Heal All' }), 'schedules.0.name'],
    [file({ ...one, mode: 'refresh' }), 'schedules.0.mode'],
    [file(one, one), 'schedules.1.name'],
    [file({ ...one, filter: { userIds: ['a,b'] } }), 'schedules.0.filter.userIds.0'],
    [file({ ...one, filter: { userIds: [] } }), 'schedules.0.filter.userIds'],
    [file({ ...one, filter: { users: ['a'] } }), 'schedules.0.filter.users'],
    [file({ ...one, filter: { statuses: ['ACTIVE'] } }), 'schedules.0.filter.statuses'],
    [file({ ...one, refreshAfter: { gmail: '30d' } }), 'schedules.0.refreshAfter'],
    [file({ ...one, harmLimit: 3 }), 'schedules.0.harmLimit'],
    [file(proactive), 'schedules.0.refreshAfter'],
    [file({ ...proactive, refreshAfter: { gmail: 'soon' } }), 'schedules.0.refreshAfter.gmail'],
    [file({ ...proactive, refreshAfter: {} }), 'schedules.0.refreshAfter'],
  ])('%j is refused, and the error names %s', (content, field) => {
    expect(() => parseSchedulesFile(content)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_INPUT', details: { field } }),
    );
  });

  it.each([
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '5-1 * * * *',
    '*/0 * * * *',
    'a * * * *',
  ])('refuses the cron %s', (cron) => {
    expect(() => parseSchedulesFile(file({ name: 'heal', cron }))).toThrow(/cron/);
  });

  it.each(['*/15 * * * *', '0 3 * * 1-5', '0,30 8-18/2 1 * 7'])('accepts the cron %s', (cron) => {
    expect(parseSchedulesFile(file({ name: 'heal', cron }))).toHaveLength(1);
  });
});
