import { check } from '../finding.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

/** Longer than any link lives. */
const laterMs = 15 * 60_000;

/** A consent that comes after the end. */
export const late: Scenario[] = [
  {
    name: 'late-after-expiry',
    alone: true,
    async run(stage) {
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect({
        waitMs: 3_000,
      });
      const consent = await stage.person().reachConsent(redirectUrl);
      await stage.settled(connectionId);
      check((await consent.allow()) === null, 'a late consent gets a page that says so');
      await muchLater(stage, connectedAccountId);
      return stage.ends(connectionId, {
        status: 'EXPIRED',
        reason: 'abandoned',
        events: ['connect.expired'],
        left: {},
      });
    },
  },
  {
    name: 'late-after-cancel',
    alone: true,
    async run(stage) {
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect();
      const consent = await stage.person().reachConsent(redirectUrl);
      const secondTab = await stage.person().reachConsent(redirectUrl);
      await stage.mooring.connections.get(connectionId).cancel();
      await stage.settled(connectionId);
      for (const tab of [consent, secondTab]) {
        check((await tab.allow()) === null, 'a late consent gets a page that says so');
      }
      await muchLater(stage, connectedAccountId);
      return stage.ends(connectionId, {
        status: 'CANCELED',
        reason: 'canceled',
        events: ['connect.canceled'],
        left: {},
      });
    },
  },
];

/** Waits a quarter of an hour by the sandbox's clock, in which a late grant would show. */
async function muchLater({ sandbox }: Stage, connectedAccountId: string): Promise<void> {
  await sandbox.advance(laterMs);
  const { refresh } = await sandbox.introspect(connectedAccountId);
  check(refresh !== true, 'no grant is alive at the provider');
}
