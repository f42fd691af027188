import { check, eventually } from '../finding.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const readRoute = 'GET /connected_accounts/:id';
/** Longer than an attempt takes to end. */
const heldMs = 6_000;

/** An attempt ends while another run holds the account that it must disconnect. */
export const meeting: Scenario[] = [
  {
    name: 'canceled-while-refreshed',
    async run(stage) {
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect();
      // The callback is lost: only Composio knows that the account is ACTIVE.
      await stage.person().approve(redirectUrl);
      await refreshSlowly(stage, connectedAccountId);
      await stage.mooring.connections.get(connectionId).cancel();
      await stage.settled(connectionId);
      await isGone(stage, connectedAccountId);
      const { access, refresh } = await stage.sandbox.introspect(connectedAccountId);
      check(access !== true && refresh !== true, 'the grant is dead at the provider');
      return stage.ends(connectionId, {
        status: 'CANCELED',
        reason: 'canceled',
        events: ['connect.canceled', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'replaced-while-refreshed',
    async run(stage) {
      const { connectedAccountId: old } = await stage.connected();
      // Its grant lives, so the refresh can heal the account at the worst moment.
      await stage.sandbox.setStatus(old, 'EXPIRED');
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect({
        replaces: old,
      });
      const callback = await stage.person().approve(redirectUrl);
      await refreshSlowly(stage, old);
      await stage.comeBack(callback);
      const { replaced } = await stage.active(connectionId);
      check(replaced?.connectedAccountId === old, 'the old account is replaced');
      await isGone(stage, old);
      return stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active', 'connect.active', 'connection.deleted'],
        left: { [connectedAccountId]: 'ACTIVE' },
      });
    },
  },
];

/** Starts a refresh that holds the account for six seconds, as its read is slow. */
async function refreshSlowly(stage: Stage, connectedAccountId: string): Promise<void> {
  const { sandbox, userId } = stage;
  const fault = { kind: 'delay', beforeMs: heldMs } as const;
  await sandbox.fault({ route: readRoute, userId, fault });
  void stage.mooring.accounts.refresh({ userId, connectedAccountId }).catch(() => null);
  await eventually(async () => {
    const calls = await sandbox.pendingCalls();
    return calls.some((call) => call.route === readRoute && call.userId === userId);
  }, 'the refresh has started');
}

async function isGone(stage: Stage, id: string): Promise<void> {
  await eventually(async () => !(id in (await stage.left())), 'the account is disconnected');
}
