import { isDeepStrictEqual } from 'node:util';
import { MooringError } from '../../src/index.ts';
import { check, eventually, type Left } from '../finding.ts';
import type { Stage } from '../stage.ts';
import { startWorkerProcess } from '../worker-process.ts';
import type { Scenario } from './scenario.ts';

const dayMs = 86_400_000;

/**
 * The size of a batch in the scenario with a killed worker, and how many batches a sweep runs at
 * once.
 */
const batch = 10;
const batchesAtOnce = 3;

/** Many accounts, some of which a sweep may change. */
export const sweeping: Scenario[] = [
  {
    name: 'sweep-heals',
    async run(stage) {
      const filter = await stage.seed({
        count: 20,
        kinds: [
          { share: 12, status: 'EXPIRED', grant: 'sandbox' },
          { share: 8, status: 'ACTIVE', grant: 'sandbox' },
        ],
      });
      const report = await stage.swept({ filter });
      check(isDeepStrictEqual(report.outcomes, { healed: 12 }), 'every expired account is healed');
      check(report.seen === 12, 'no other account was listed');
      check((await stage.refreshes()) === 12, 'one refresh for each');
      return stage.endsSwept(report, {
        ended: 'finished',
        events: ['sweep.finished'],
        left: await allOf(stage, 'ACTIVE'),
      });
    },
  },
  {
    name: 'sweep-would-do-harm',
    alone: true,
    async run(anywhere) {
      const stage = anywhere.at('ac_gmail');
      const { schedules } = stage.mooring;
      const name = stage.userId;
      const filter = await stage.seed({
        count: 12,
        kinds: [{ share: 1, status: 'ACTIVE', grant: 'sandbox' }],
        ageMs: 30 * dayMs,
      });
      const before = await stage.left();
      const refreshAfter = { gmail: '14d' };
      await schedules.apply({ name, mode: 'proactive', every: '1d', refreshAfter, filter });
      try {
        return await stage.where({ refreshReading: 'restart' }, async () => {
          const report = await (await stage.mooring.sweeps.start({ name })).result();
          check(report.hurt.length === 3, 'the sweep harmed three accounts and reports them');
          check(report.outcomes.untouched === 9, 'the sweep left the others alone');
          await pausedBecauseOf(stage, report.hurt);
          for (const fire of [() => schedules.trigger(name), () => stage.swept({})]) {
            const refused = await fire().then(
              () => null,
              (error: unknown) => error,
            );
            check(refused instanceof MooringError, 'further runs are refused');
            check(refused.message.includes('halted: 3 accounts'), 'the refusal gives the reason');
          }
          check((await stage.refreshes()) === 3, 'no other account is harmed');
          const hurt = report.hurt.map((id) => [id, 'INITIATED'] as const);
          return stage.endsSwept(report, {
            ended: 'halted',
            events: [
              ...report.hurt.map(() => 'connection.reauth_required' as const),
              'sweep.halted',
            ],
            left: { ...before, ...Object.fromEntries(hurt) },
          });
        });
      } finally {
        await schedules.delete(name);
      }
    },
  },
  {
    name: 'probe-touches-nothing',
    async run(stage) {
      const filter = await stage.seed({
        count: 240,
        kinds: [
          { share: 8, status: 'ACTIVE', grant: 'sandbox' },
          { share: 3, status: 'EXPIRED', grant: 'sandbox' },
          { share: 1, status: 'INACTIVE', grant: 'sandbox' },
        ],
      });
      const before = await stage.accounts();
      const report = await stage.swept({ mode: 'probe', filter });
      const counts = { ACTIVE: 160, EXPIRED: 60, INACTIVE: 20 };
      check(isDeepStrictEqual(report.statuses, counts), 'every account is counted');
      const routes = (await stage.calls()).map(({ route }) => route);
      const list = 'GET /connected_accounts';
      check(isDeepStrictEqual(routes, [list, list, list]), 'three list calls and no others');
      check(isDeepStrictEqual(await stage.accounts(), before), 'all accounts are unchanged');
      return stage.endsSwept(report, {
        ended: 'finished',
        events: ['sweep.finished'],
        left: Object.fromEntries(before.map(({ id, status }) => [id, status])),
      });
    },
  },
  {
    name: 'sweep-killed-midway',
    alone: true,
    async run(shared) {
      const count = 120;
      const filter = await shared.seed({
        count,
        kinds: [{ share: 1, status: 'EXPIRED', grant: 'sandbox' }],
      });
      const stage = await shared.onTaskQueue(shared.userId);
      const worker = await startWorkerProcess(stage.env);
      const name = stage.userId;
      const run = await stage.where({ latencyMs: 150 }, async () => {
        try {
          const run = await stage.mooring.sweeps.start({ name, filter, sizes: { batch } });
          await eventually(
            async () => (await stage.refreshes()) >= count / 3,
            'the sweep has made a third of its refreshes',
          );
          return run;
        } finally {
          await worker.kill();
        }
      });
      check((await stage.refreshes()) < count, 'the worker is killed midway');
      const replacement = await startWorkerProcess(stage.env);
      try {
        const report = await run.result();
        check(report.outcomes.healed === count, 'every account is healed');
        check((await stage.refreshes()) === count, 'no account is refreshed twice');
        const reads = (await stage.calls()).filter(({ route }) => route.endsWith('/:id')).length;
        const repeated = reads - 2 * count;
        check(repeated <= batchesAtOnce * batch, 'only accounts in progress are read again');
        return await stage.endsSwept(report, {
          ended: 'finished',
          events: ['sweep.finished'],
          left: await allOf(stage, 'ACTIVE'),
        });
      } finally {
        await replacement.stop();
        await stage.mooring.close();
      }
    },
  },
  {
    name: 'abandoned-rows-are-not-healed',
    async run(stage) {
      const filter = await stage.seed({
        count: 10,
        kinds: [
          { share: 9, status: 'EXPIRED', neverActive: true },
          { share: 1, status: 'EXPIRED', grant: 'sandbox' },
        ],
      });
      const report = await stage.swept({ filter });
      const outcomes = { healed: 1, cannot_refresh: 9 };
      check(isDeepStrictEqual(report.outcomes, outcomes), 'one is healed, and nine are not');
      check(report.reasons.abandoned === 9, 'the nine were never finished');
      const refreshed = (await stage.calls()).filter(({ route }) => route.endsWith('/refresh'));
      const left = await stage.left();
      check(refreshed.length === 1, 'one account is refreshed');
      check(
        left[refreshed[0]?.accountId ?? ''] === 'ACTIVE',
        'the account that had been connected is healed',
      );
      const statuses = Object.values(left).sort().join();
      check(statuses === `ACTIVE${',EXPIRED'.repeat(9)}`, 'the others are unchanged');
      return stage.endsSwept(report, { ended: 'finished', events: ['sweep.finished'], left });
    },
  },
];

async function allOf(stage: Stage, status: Left[string]): Promise<Left> {
  return Object.fromEntries((await stage.accounts()).map(({ id }) => [id, status]));
}

async function pausedBecauseOf({ mooring, userId }: Stage, hurt: readonly string[]): Promise<void> {
  await eventually(async () => {
    for await (const { name, paused, note } of mooring.schedules.list()) {
      if (name === userId) return paused && hurt.every((id) => note?.includes(id));
    }
    return false;
  }, 'the schedule is paused, with the harmed accounts in its note');
}
