import { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findHandledAccounts } from '../../../src/activities/shared/open-runs.ts';
import { accountWorkflowId } from '../../../src/domain/ids.ts';
import { MooringClient } from '../../../src/index.ts';
import { generateKey, parseKeyRing } from '../../../src/crypto/key-ring.ts';
import { dataConverter } from '../../../src/temporal/data-converter.ts';
import { readSupposedOwners } from '../../../src/temporal/open-runs.ts';
import { searchAttributeKeys as keys } from '../../../src/protocol/messages.ts';
import { openStage, type TestStage } from '../../support/stage.ts';

let stage: TestStage;
/** A client of the same Temporal, with another key. No other client can read what it starts. */
let other: MooringClient;
let otherTemporal: Client;

beforeAll(async () => {
  stage = await openStage();
  const key = generateKey();
  other = await MooringClient.connect({
    environment: { ...stage.env, MOORING_ENCRYPTION_KEYS: key },
  });
  const { connection } = stage.temporal;
  const converter = dataConverter({ encryptionKeys: parseKeyRing(key) });
  otherTemporal = new Client({ connection, namespace: stage.namespace, dataConverter: converter });
});
afterAll(async () => {
  await other.close();
  await stage.close();
});

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

it('a list shows a run under an unknown key by its ids, and all others in full', async () => {
  const user = stage.user();
  const { id: userId, authConfigId } = user;
  await user.connect();
  await stage.mooring.connections.get(user.connectionId).cancel();
  await stage.mooring.connections.get(user.connectionId).result();
  // No worker can read its input, so this attempt stays open.
  const asked = { userId, authConfigId: 'ac_github' };
  await other.connectUser(asked).catch(() => null);
  const list = async (mooring: MooringClient) => {
    const rows = await all(mooring.connections.list({ userId })).catch(String);
    if (typeof rows === 'string') return rows;
    return rows.map(({ workflowId, connectionId, open }) => ({ workflowId, connectionId, open }));
  };
  const mine = { workflowId: user.workflowId, open: false };
  const theirs = { workflowId: user.workflowId.replace(authConfigId, 'ac_github'), open: true };
  await expect
    .poll(() => list(stage.mooring))
    .toEqual([
      { ...theirs, connectionId: null },
      { ...mine, connectionId: user.connectionId },
    ]);
  await expect
    .poll(() => list(other))
    .toEqual([
      { ...theirs, connectionId: `${userId}/ac_github` },
      { ...mine, connectionId: null },
    ]);
  const [unreadable, readable] = await all(stage.mooring.connections.list({ userId }));
  expect([unreadable?.readable, readable?.readable]).toEqual([false, true]);
  await stage.temporal.workflow.getHandle(theirs.workflowId).terminate('nobody can read it');
});

it('events are listed although one of them is under an unknown key', async () => {
  const memo = { type: 'connection.active', connectionId: 'ada/ac_gmail' };
  // No worker takes these.
  const taskQueue = `${stage.taskQueue}-nobody`;
  const start = ({ workflow }: Client, id: string) =>
    workflow.start('deliverEvent', { taskQueue, workflowId: `event/${taskQueue}${id}/app`, memo });
  const handles = [await start(stage.temporal, '1'), await start(otherTemporal, '2')];
  const rows = async () => {
    const list = await all(stage.mooring.events.list()).catch(String);
    if (typeof list === 'string') return list;
    return list
      .filter(({ workflowId }) => workflowId.includes(taskQueue))
      .map(({ id, type }) => `${id} ${type}`)
      .toSorted();
  };
  const [first, second] = ['1', '2'].map((id) => `${taskQueue}${id}`);
  await expect.poll(rows).toEqual([`${first} connection.active`, `${second} null`]);
  for (const handle of handles) await handle.terminate();
});

/** One run that this process can read and one that it cannot; no worker takes either. */
async function startBoth(
  type: string,
  options: (n: number) => Omit<Parameters<Client['workflow']['start']>[1], 'taskQueue' | 'args'>,
) {
  const taskQueue = `${stage.taskQueue}-nobody`;
  const start = ({ workflow }: Client, n: number) =>
    workflow.start(type, { taskQueue, ...options(n) });
  const handles = [await start(stage.temporal, 1), await start(otherTemporal, 2)];
  return async () => Promise.all(handles.map((handle) => handle.terminate()));
}

it('the owner of an account is known from readable attempts although another attempt cannot be read', async () => {
  const ids = [1, 2].map((n) => `ca_${stage.taskQueue}_${n}`);
  const end = await startBoth('connectUser', (n) => ({
    workflowId: `connect/${stage.taskQueue}-${n}/ac_gmail`,
    memo: { connectionId: 'ada/ac_gmail' },
    typedSearchAttributes: [{ key: keys.accountId, value: ids[n - 1] ?? '' }],
  }));
  const owners = () => readSupposedOwners(stage.temporal, ids).catch(String);
  await expect.poll(owners).toEqual(new Map([[ids[0], 'ada']]));
  await end();
});

it('a sweep skips accounts that other runs hold, even if it cannot read those runs', async () => {
  const rows = [1, 2].map((n) => ({ id: `ca_${stage.taskQueue}_held_${n}`, userId: 'ada' }));
  const end = await startBoth('refreshConnection', (n) => ({
    workflowId: accountWorkflowId(rows[n - 1]?.id ?? ''),
    memo: { userId: 'ada' },
  }));
  const logger = new DefaultLogger('ERROR');
  const environment = new MockActivityEnvironment({}, { client: stage.temporal, logger });
  const looked = () => environment.run(() => findHandledAccounts(rows, undefined)).catch(String);
  await expect.poll(looked).toEqual(new Map(rows.map(({ id }) => [id, 'busy'])));
  await end();
});
