import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { SubscriptionEvent } from '../../src/index.ts';
import { check, eventually } from '../finding.ts';
import type { Stage } from '../stage.ts';
import { startWorkerProcess } from '../worker-process.ts';
import type { Scenario } from './scenario.ts';

const dayMs = 86_400_000;
/** The operator and reason of the requests that only a person makes. */
const by = { actor: 'ops@harbour.example', reason: 'asked by billing' };

/**
 * The limit of users who lose access within an hour, in the scenario that exceeds it, and how many
 * lapse there.
 */
const limit = 2;
const users = 4;

/** Subscriptions that lapse, really or by mistake. */
export const lapsing: Scenario[] = [
  {
    name: 'lapse-and-renew',
    async run(stage) {
      const { billing, userId, mooring, sandbox } = stage;
      const { connectedAccountId: connected } = await stage.connected();
      const seeded = { authConfigId: 'ac_github', userId };
      const { id: second } = await sandbox.seedAccount(seeded);
      await sandbox.seedAccount({ ...seeded, status: 'INACTIVE', alias: 'off' });
      await sandbox.seedAccount({ ...seeded, status: 'EXPIRED', alias: 'died' });
      const before = await stage.left();

      billing.says(userId, 'unpaid');
      check((await send(stage, event(stage, 'lapsed'))) === 204, 'the webhook takes the lapse');
      await mooring.access(userId).adjust({ until: new Date().toISOString(), ...by });
      await stage.toldOf(3);
      const paused = { ...before, [connected]: 'INACTIVE', [second]: 'INACTIVE' };
      check(isDeepStrictEqual(await stage.left(), paused), 'every ACTIVE account is disabled');
      const more = { alias: 'more', onExisting: 'add' } as const;
      const { code } = await stage.refusal(more);
      check(code === 'ERR_USER_BLOCKED', 'nothing new can be connected');

      billing.says(userId, 'paid');
      check((await send(stage, event(stage, 'renewed'))) === 204, 'the webhook takes the renewal');
      const finding = await stage.endsIn('open', {
        events: [
          'connect.active',
          'subscription.lapse_started',
          'subscription.paused',
          'subscription.resumed',
        ],
        left: before,
      });
      const resumed = stage.inbox.of(userId).at(-1)?.data;
      check(
        resumed !== undefined && 'given' in resumed,
        'the last event reports the restored accounts',
      );
      check(
        resumed.given === 2 && resumed.uncertain.length === 0,
        'two are restored, and none is uncertain',
      );
      const writes = (await stage.written()).join();
      check(writes === 'INACTIVE,INACTIVE,ACTIVE,ACTIVE', 'no other account was touched');
      return finding;
    },
  },
  {
    name: 'lapse-paid-in-grace',
    async run(stage) {
      const { userId, mooring } = stage;
      const { connectedAccountId: id } = await stage.connected();
      const lapsed = await mooring.access(userId).lapse({ graceMs: 3 * dayMs });
      check(lapsed.phase === 'grace' && lapsed.until !== null, 'the user has three days');
      const second = await stage.connected({ alias: 'work', onExisting: 'add' });
      const { outcome } = await mooring.access(userId).renew();
      check(outcome === 'never_paused', 'the user pays within the grace period');
      const finding = await stage.endsIn('open', {
        events: [
          'connect.active',
          'connect.active',
          'subscription.lapse_started',
          'subscription.resumed',
        ],
        left: { [id]: 'ACTIVE', [second.connectedAccountId]: 'ACTIVE' },
      });
      check((await stage.written()).length === 0, 'nothing was disabled');
      return finding;
    },
  },
  {
    name: 'late-lapse-event',
    async run(stage) {
      const { billing, userId, mooring } = stage;
      const { connectedAccountId: id } = await stage.connected();
      check((await send(stage, event(stage, 'lapsed'), true)) === 401, 'a forged lapse is refused');
      check((await mooring.access(userId).view()) === null, 'a forged lapse starts nothing');
      check(
        (await send(stage, event(stage, 'renewed'))) === 204,
        'the webhook takes the renewal first',
      );
      await stage.inPhase('open');
      const late = event(stage, 'lapsed', 60_000);
      for (const delivery of ['first', 'second']) {
        const status = await send(stage, late);
        check(status === 204, `the webhook takes the ${delivery} delivery of the older lapse`);
      }
      await stage.inPhase('grace');
      check(billing.asked(userId) === 0, 'no decision yet, so the app was not asked');
      const now = new Date().toISOString();
      const { outcome } = await mooring.access(userId).adjust({ until: now, ...by });
      check(outcome === 'adjusted', 'an operator ends the grace period');
      const finding = await stage.endsIn('open', {
        events: ['connect.active', 'subscription.lapse_started', 'subscription.resumed'],
        left: { [id]: 'ACTIVE' },
      });
      check(
        billing.asked(userId) === 1,
        'the app was asked once, and answered that the user has paid',
      );
      check((await stage.written()).length === 0, 'nothing was disabled');
      return finding;
    },
  },
  {
    name: 'not-entitled-unknown',
    async run(stage) {
      const { billing, userId, mooring } = stage;
      const { connectedAccountId: id } = await stage.connected();
      billing.says(userId, 'nothing');
      const timings = { graceMs: 1_000, askMs: 1_000, askAgainMs: 1_000 };
      await mooring.access(stage.userId).note(event(stage, 'lapsed'), { timings });
      await stage.toldOf(3);
      const view = await mooring.access(userId).view();
      check(view?.held?.because === 'entitlement_unknown', 'the app does not answer who has paid');
      check(stage.told()['safety.held'] === 1, 'one alert');
      const asked = billing.asked(userId);
      await eventually(async () => billing.asked(userId) > asked + 1, 'Mooring asks again');
      check((await stage.account(id)).status === 'ACTIVE', 'nothing is disabled without an answer');
      billing.says(userId, 'paid');
      const finding = await stage.endsIn('open', {
        events: [
          'connect.active',
          'subscription.lapse_started',
          'safety.held',
          'subscription.resumed',
        ],
        left: { [id]: 'ACTIVE' },
      });
      check((await stage.written()).length === 0, 'nothing was disabled');
      return { ...finding, reason: view.held.because };
    },
  },
  {
    name: 'mass-lapse-held',
    async run(shared) {
      // This scenario has a limit of its own, and so a task queue and a worker of its own.
      const { userIds = [] } = await shared.seed({
        count: users,
        kinds: [{ share: 1, status: 'ACTIVE', grant: 'sandbox' }],
      });
      const stage = await shared.onTaskQueue(shared.userId);
      const { mooring } = stage;
      const settings = { MOORING_ACCESS_LOSSES_PER_HOUR: String(limit) };
      const worker = await startWorkerProcess({ ...stage.env, ...settings });
      try {
        const before = await stage.left();
        await Promise.all(userIds.map((userId) => mooring.access(userId).lapse()));
        await stage.toldOf(users);
        const until = new Date().toISOString();
        await Promise.all(userIds.map((userId) => mooring.access(userId).adjust({ until, ...by })));
        for (const userId of userIds) await stage.inPhase('held', userId);
        const reason = stage.seen.last?.reason ?? null;
        check((await stage.written()).length === 0, 'all users are held, and nothing is disabled');
        await stage.toldOf(2 * users);
        check(stage.told()['safety.held'] === users, 'one alert for each user');

        const [first = '', ...others] = userIds;
        const released = await mooring.access(first).release({ ...by });
        check(released.outcome === 'released', 'an operator releases one user');
        await stage.toldOf(2 * users + 1);
        check(
          (await stage.written()).join() === 'INACTIVE',
          'only that user’s account is disabled',
        );
        for (const userId of others) {
          const { outcome } = await mooring.access(userId).renew();
          check(outcome === 'never_paused', 'the other lapses end without a pause');
        }
        const own = (await stage.accounts()).find((one) => one.userId === first);
        const finding = await stage.endsIn('lapsed', {
          userId: first,
          events: [
            ...userIds.map(() => 'subscription.lapse_started' as const),
            ...userIds.map(() => 'safety.held' as const),
            'subscription.paused',
            ...others.map(() => 'subscription.resumed' as const),
          ],
          left: { ...before, [own?.id ?? '']: 'INACTIVE' },
        });
        return { ...finding, outcome: 'held', reason };
      } finally {
        await worker.stop();
        await mooring.close();
      }
    },
  },
];

/** A billing event about the user. */
function event({ userId }: Stage, to: 'lapsed' | 'renewed', agoMs = 0): SubscriptionEvent {
  const occurredAt = new Date(Date.now() - agoMs).toISOString();
  return { id: randomUUID(), type: `subscription.${to}`, userId, occurredAt };
}

/** Sends the event to the gateway's webhook. Returns the status of the response. */
async function send({ env, billing }: Stage, what: SubscriptionEvent, forged = false) {
  return billing.send(env.MOORING_PUBLIC_URL ?? '', what, { forged });
}
