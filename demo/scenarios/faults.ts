import { check, eventually } from '../finding.ts';
import type { Stage } from '../stage.ts';
import { startWorkerProcess } from '../worker-process.ts';
import type { Scenario } from './scenario.ts';

/** Failures on the way that neither the user nor the backend notices. */
export const faults: Scenario[] = [
  {
    name: 'worker-killed',
    async run(stage) {
      // A task queue of its own, so that the other scenarios keep their worker.
      const own = await stage.onTaskQueue(stage.userId);
      const worker = await startWorkerProcess(own.env);
      const { connectionId, connectedAccountId, redirectUrl } = await own.connect();
      await worker.kill();
      const callback = await own.person().approve(redirectUrl);
      const replacement = await startWorkerProcess(own.env);
      try {
        // On a busy machine the gateway may not wait for the new worker. The outcome below is the
        // new worker's in any case.
        check((await own.comeBack(callback)) !== null, 'the browser returns to the app');
        return await own.ends(connectionId, {
          status: 'ACTIVE',
          events: ['connect.active'],
          left: { [connectedAccountId]: 'ACTIVE' },
        });
      } finally {
        await replacement.stop();
        await own.mooring.close();
      }
    },
  },
  {
    name: 'answer-lost',
    async run(stage) {
      await stage.sandbox.fault({
        route: 'POST /connected_accounts/link',
        userId: stage.userId,
        fault: { kind: 'applyThenDrop' },
      });
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect();
      await stage.comeBack(await stage.person().approve(redirectUrl));
      const finding = await stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [connectedAccountId]: 'ACTIVE' },
      });
      const writes = await stage.sandbox.writes({ userId: stage.userId });
      const links = writes.filter(({ op }) => op === 'link');
      check(links.length === 2, 'the lost call had created a link, and a second one was made');
      return finding;
    },
  },
  {
    name: 'event-endpoint-down-then-up',
    async run(stage) {
      const { inbox, userId } = stage;
      inbox.down(userId);
      const { connectionId, connectedAccountId } = await stage.connected();
      check(inbox.of(userId).length === 0, 'the user is connected, and the app has no event yet');
      const isTried = async () => inbox.deliveries(userId).length > 0;
      await eventually(isTried, 'a delivery was tried');
      const isListed = () => isUndelivered(stage, connectionId);
      await eventually(isListed, 'the event is listed as undelivered');
      inbox.up(userId);
      const finding = await stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [connectedAccountId]: 'ACTIVE' },
      });
      const deliveries = inbox.deliveries(userId);
      const answers = deliveries.map(({ status }) => status).join();
      check(/^(503,)+204$/.test(answers), 'delivered once, after failed tries');
      check(
        new Set(deliveries.map(({ eventId }) => eventId)).size === 1,
        'all tries had the same id',
      );
      return finding;
    },
  },
];

async function isUndelivered({ mooring }: Stage, connectionId: string): Promise<boolean> {
  for await (const event of mooring.events.list({ undelivered: true })) {
    if (event.connectionId === connectionId) return true;
  }
  return false;
}
