import { check } from '../finding.ts';
import type { Scenario } from './scenario.ts';

/** Production looks after 30 s; the demo uses Temporal's minimum of one second. */
const timings = { lookFirstMs: 1_000, lookMaxMs: 1_000, slackMs: 1_000, spacingMs: 1_000 };

/** What people do with a link. */
export const connecting: Scenario[] = [
  {
    name: 'approves',
    async run(stage) {
      const { connectionId, connectedAccountId: id, redirectUrl } = await stage.connect();
      const home = await stage.comeBack(await stage.person().approve(redirectUrl));
      check(
        home?.searchParams.get('mooring_status') === 'active',
        'the browser returned with status active',
      );
      const finding = await stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [id]: 'ACTIVE' },
      });
      check(finding.apiCalls === 3, 'three API calls: list, link, get');
      check(finding.historyEvents <= 36, 'with one endpoint at most 36 history events');
      return finding;
    },
  },
  {
    name: 'denies',
    async run(stage) {
      const { connectionId, redirectUrl } = await stage.connect();
      const home = await stage.comeBack(await stage.person().deny(redirectUrl));
      check(
        home?.searchParams.get('mooring_status') === 'failed',
        'the browser returned with status failed',
      );
      return stage.ends(connectionId, {
        status: 'FAILED',
        reason: 'denied',
        events: ['connect.failed'],
        left: {},
      });
    },
  },
  {
    name: 'abandons',
    alone: true,
    async run(stage) {
      const { connectionId, redirectUrl } = await stage.where({ linkLifeMs: 2_000 }, () =>
        stage.connect({ timings: { slackMs: 1_000 } }),
      );
      await stage.person().open(redirectUrl);
      const finding = await stage.ends(connectionId, {
        status: 'EXPIRED',
        reason: 'abandoned',
        events: ['connect.expired'],
        left: {},
      });
      check(finding.apiCalls <= 9, 'at most nine API calls');
      return finding;
    },
  },
  {
    name: 'closes-the-tab',
    async run(stage) {
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect({ timings });
      await stage.person().approve(redirectUrl); // the callback is never fetched
      return stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [connectedAccountId]: 'ACTIVE' },
      });
    },
  },
  {
    name: 'clicks-twice',
    async run(stage) {
      const [first, second] = await Promise.all([stage.connect(), stage.connect()]);
      check(first.redirectUrl === second.redirectUrl, 'both clicks got one link');
      await stage.comeBack(await stage.person().approve(second.redirectUrl));
      return stage.ends(first.connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [first.connectedAccountId]: 'ACTIVE' },
      });
    },
  },
  {
    name: 'already-connected',
    async run(stage) {
      const { authConfigId, userId } = stage;
      const { id } = await stage.sandbox.seedAccount({ userId, authConfigId, status: 'ACTIVE' });
      const error = await stage.refusal();
      check(error.code === 'ERR_ALREADY_CONNECTED', 'refused as already connected');
      check(error.details.connectedAccountId === id, 'the refusal names the account');
      return stage.endsRefused(error, { events: [], left: { [id]: 'ACTIVE' } });
    },
  },
  {
    name: 'canceled',
    async run(stage) {
      const { connectionId, redirectUrl } = await stage.connect();
      const consent = await stage.person().reachConsent(redirectUrl);
      await stage.mooring.connections.get(connectionId).cancel();
      const { status } = await stage.settled(connectionId);
      check(status === 'CANCELED', 'the attempt is canceled');
      check((await consent.allow()) === null, 'a late consent gets a page that says so');
      return stage.ends(connectionId, {
        status: 'CANCELED',
        reason: 'canceled',
        events: ['connect.canceled'],
        left: {},
      });
    },
  },
];
