import { authConfigs } from '../../sandbox/auth-configs.ts';
import { MooringError } from '../../src/index.ts';
import { check, eventually } from '../finding.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

/** Production lists again for as long as a link lives, which is ten minutes. */
const timings = { endAgainMs: 1_000, linkLifeMs: 1_000 };
const by = { actor: 'ops@harbour.example', reason: 'account closed' };
const statuses = ['INITIALIZING', 'INITIATED', 'FAILED', 'EXPIRED', 'INACTIVE', 'REVOKED'] as const;

function isRefused(getHandle: () => unknown): boolean {
  try {
    getHandle();
    return false;
  } catch (error) {
    return error instanceof MooringError && error.code === 'ERR_INVALID_INPUT';
  }
}

/** Users who are offboarded. */
export const offboarding: Scenario[] = [
  {
    name: 'offboard-mixed',
    async run(stage) {
      const { mooring, sandbox, userId } = stage;
      const ids = await oneOfEach(stage);
      // Mooring refuses such an id everywhere. The API takes it for two users when it filters a
      // list.
      const other = { userId: `${userId},x`, authConfigId: stage.authConfigId };
      const { id: others } = await sandbox.seedAccount(other);
      check(
        isRefused(() => mooring.access(other.userId)),
        'an id with a comma is refused',
      );
      const open = await stage.connect({ alias: 'open', onExisting: 'add' });
      const late = await stage.connect({ alias: 'late', onExisting: 'add' });
      const consents = await Promise.all(
        [open, late].map(({ redirectUrl }) => stage.person().reachConsent(redirectUrl)),
      );

      await mooring.access(userId).offboard({ timings, block: true, ...by });
      await stage.inPhase('cooling_off');
      const callback = await consents[1]?.allow();
      check(callback instanceof URL, 'a consent during the offboarding is possible');
      await stage.comeBack(callback);
      const { status, reason } = await stage.settled(late.connectionId);
      check(status === 'FAILED' && reason === 'refused', 'its attempt is refused');

      await mooring.access(userId).adjust({ until: new Date().toISOString(), ...by });
      const receipt = await mooring.access(userId).result();
      check(receipt !== null && receipt.actor === by.actor, 'the receipt has the actor');
      const proofs = new Map(receipt.accounts.map((one) => [one.connectedAccountId, one.proof]));
      check(
        ids.every((id) => proofs.has(id)),
        'the receipt has a proof for every account',
      );
      check(receipt.kept.length === 0, 'no account is left');
      for (const id of [...ids, open.connectedAccountId, late.connectedAccountId]) {
        const { access, refresh } = await sandbox.introspect(id);
        const lives = access === true || refresh === true;
        const named = proofs.get(id) === 'unsupported';
        check(!lives || named, `the grant of ${id} is dead, or its toolkit cannot revoke`);
      }
      check((await consents[0]?.allow()) === null, 'a later consent gets a page that says so');
      const { code } = await stage.refusal();
      check(code === 'ERR_USER_BLOCKED', 'nothing new can be connected');

      const finding = await stage.endsIn('blocked', {
        events: ['connect.failed', 'connect.canceled', 'user.offboarded'],
        left: { [others]: 'ACTIVE' },
      });
      const { access } = await sandbox.introspect(others);
      const written = await sandbox.writes({ userId: other.userId });
      const untouched = access === true && written.every(({ by }) => by !== 'api');
      check(untouched, 'the user whose id continues after a comma is untouched');
      return finding;
    },
  },
  {
    name: 'quoted-names',
    async run(stage) {
      const { mooring, userId } = stage;
      const kept = await stage.connect();
      // Temporal's query language drops the apostrophe, and does not match the other two
      // characters.
      const leaving = [`${userId}'`, `${userId}"`, `${userId}\\`];
      const attempts = await Promise.all(leaving.map((id) => stage.connect({ userId: id })));
      const open = [kept, ...attempts];
      for (const [n, id] of [userId, ...leaving].entries()) {
        const lists = async () => (await openAttempts(stage, id)).join() === open[n]?.connectionId;
        await eventually(lists, `${id} sees their own attempt and no other`);
      }
      for (const id of leaving) {
        await mooring.access(id).offboard({ coolingOffMs: 0, timings, ...by });
      }
      for (const { connectionId } of attempts) {
        const { status } = await stage.settled(connectionId);
        check(
          status === 'CANCELED',
          `the attempt ${connectionId} of an offboarded user is canceled`,
        );
      }
      for (const id of leaving) {
        const receipt = await mooring.access(id).result();
        check(receipt !== null, `there is a receipt for ${id}`);
      }
      await stage.comeBack(await stage.person().approve(kept.redirectUrl));
      return stage.ends(kept.connectionId, {
        status: 'ACTIVE',
        events: [
          'connect.active',
          ...leaving.map(() => 'connect.canceled' as const),
          ...leaving.map(() => 'user.offboarded' as const),
        ],
        left: { [kept.connectedAccountId]: 'ACTIVE' },
      });
    },
  },
];

async function openAttempts({ mooring }: Stage, userId: string): Promise<(string | null)[]> {
  const ids: (string | null)[] = [];
  for await (const { connectionId } of mooring.connections.list({ userId, open: true })) {
    ids.push(connectionId);
  }
  return ids;
}

/** An account of every scheme, one in every other status, and one that others may use. */
async function oneOfEach({ sandbox, userId, authConfigId }: Stage): Promise<string[]> {
  const rows = [
    ...authConfigs.map(({ id }) => ({ userId, authConfigId: id })),
    ...statuses.map((status) => ({ userId, authConfigId, status, alias: status.toLowerCase() })),
    { userId, authConfigId, alias: 'team', acl: { allow_all_users: true } },
    // An EXPIRED account whose grant may still live.
    { userId, authConfigId, status: 'EXPIRED', grant: 'alive', alias: 'alive' } as const,
  ];
  const seeded = await Promise.all(rows.map((row) => sandbox.seedAccount(row)));
  return seeded.map(({ id }) => id);
}
