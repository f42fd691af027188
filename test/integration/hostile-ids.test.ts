import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findHandledAccounts } from '../../src/activities/shared/open-runs.ts';
import { connectWorkflowId } from '../../src/domain/hashed-ids.ts';
import type { AttemptFilter } from '../../src/client/connect/attempts.ts';
import { searchAttributeKeys as keys } from '../../src/protocol/messages.ts';
import { openStage, type TestStage, TestUser } from '../support/stage.ts';

/**
 * Users whose ids careless code confuses. The first of each pair is offboarded, the second stays.
 */
const pairs = [
  ["bob'", 'bob'],
  ["'kim'", 'kim'],
  ["o'b", "o''b"],
  ['a"b', 'a\\"b'],
  ['"q"', 'q'],
  ['c\\d', 'c\\\\d'],
  ['e\\\\', 'e\\'],
  ["\\'", "'"],
  ["''''", "''"],
  ['"', '""'],
  ['%', '%%'],
  ['f%g', 'fxg'],
  ['h_i', 'hxi'],
  ['Ann', 'ann'],
  ['ann smith', 'ann jones'],
  ['j/k', 'j%2Fk'],
  ['l~m', 'l%7Em'],
  ['*', '!'],
  ['u\u00fc', 'uu\u0308'],
  ['x" OR WorkflowType = "connectUser', "x') OR 1 = 1 --"],
  ["'".repeat(255), "'".repeat(254)],
] as const;
type Pair = (typeof pairs)[number];
const all = pairs.flat();
const timings = { endAgainMs: 1_000, linkLifeMs: 1_000 };
const by = { actor: 'ops@harbour.example', reason: 'account closed' };

describe.each([
  ['as they are', undefined],
  ['as keyed hashes', 'the-key-of-these-hostile-ids'],
])('hostile user ids, in workflow ids %s', (_, idKey) => {
  let stage: TestStage;
  const user = (id: string) => new TestUser(stage, id, 'ac_gmail');
  const connections = new Map<string, string>();

  beforeAll(async () => {
    stage = await openStage({ environment: idKey === undefined ? {} : { MOORING_ID_KEY: idKey } });
    await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
    await Promise.all(
      all.map(async (id) => connections.set(id, (await user(id).connect()).connectionId)),
    );
  }, 120_000);
  afterAll(async () => stage.close());

  async function listed(filter: AttemptFilter): Promise<string[]> {
    const ids: string[] = [];
    for await (const attempt of stage.mooring.connections.list({ ...filter, open: true })) {
      ids.push(attempt.workflowId);
    }
    return ids;
  }
  const openOf = (userId: string) => listed({ userId });
  const own = (userId: string) => [
    connectWorkflowId({ userId, authConfigId: 'ac_gmail', alias: null }, idKey),
  ];

  it('show each user their own attempts and no others', async () => {
    const shown = () => Promise.all(all.map(async (id) => [id, await openOf(id)]));
    await expect.poll(shown).toEqual(all.map((id) => [id, own(id)]));
  });

  it('are listed by auth configs with such ids as well', async () => {
    const name = `${stage.taskQueue}-ac`;
    const configs = [
      name,
      `${name}'`,
      `${name}"`,
      `${name}\\`,
      `${name}\\\\`,
      `'${name}'`,
      name.toUpperCase(),
    ];
    const runs = await Promise.all(
      configs.map((authConfigId, n) =>
        stage.temporal.workflow.start('connectUser', {
          taskQueue: `${stage.taskQueue}-nobody`,
          workflowId: `connect/${stage.taskQueue}-${n}/ac`,
          typedSearchAttributes: [{ key: keys.authConfigId, value: authConfigId }],
        }),
      ),
    );
    const shown = () => Promise.all(configs.map((authConfigId) => listed({ authConfigId })));
    await expect.poll(shown).toEqual(runs.map(({ workflowId }) => [workflowId]));
    await Promise.all(runs.map((run) => run.terminate()));
  });

  it('let a sweep know which users have their access closed', async () => {
    const leaving = pairs.map(([id]) => id);
    const gates = await Promise.all(leaving.map((id) => stage.closeGate(id, 'lapsed', idKey)));
    const logger = new DefaultLogger('ERROR');
    const environment = new MockActivityEnvironment({}, { client: stage.temporal, logger });
    const rows = all.map((id) => ({ id, userId: id }));
    const looked = () => environment.run(() => findHandledAccounts(rows, idKey));
    try {
      await expect.poll(looked).toEqual(new Map(leaving.map((id) => [id, 'paused'])));
    } finally {
      await Promise.all(gates.map((gate) => gate.open()));
    }
  });

  it('have the open attempt of the offboarded user canceled, and no attempt of the other user', async () => {
    await Promise.all(
      pairs.map(([userId]) =>
        stage.mooring.access(userId).offboard({ coolingOffMs: 0, timings, ...by }),
      ),
    );
    const outcomes = await Promise.all(
      pairs.map(async ([id]) => {
        const { status } = await stage.mooring.connections.get(connections.get(id) ?? '').result();
        return [id, status];
      }),
    );
    expect(outcomes).toEqual(pairs.map(([id]) => [id, 'CANCELED']));
    const gone = async ([id]: Pair) => {
      // As a backend repeats when a busy worker does not answer in time.
      await vi.waitFor(
        async () => expect((await stage.mooring.access(id).result())?.kept).toEqual([]),
        { timeout: 60_000, interval: 500 },
      );
      expect(await user(id).left()).toEqual([]);
    };
    const untouched = async ([, id]: Pair) => {
      expect(await openOf(id)).toEqual(own(id));
      const connection = stage.mooring.connections.get(connections.get(id) ?? '');
      expect((await connection.describe()).open).toBe(true);
      expect(await user(id).left()).toHaveLength(1);
      await connection.cancel();
    };
    await Promise.all(pairs.map(gone));
    await Promise.all(pairs.map(untouched));
  }, 120_000);
});
