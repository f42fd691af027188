import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

async function connected(user: TestUser): Promise<string> {
  const { redirectUrl, connectedAccountId } = await user.connect();
  await user.comeBack(await user.person.approve(redirectUrl));
  await stage.mooring.connections.get(user.connectionId).result();
  return connectedAccountId;
}

it('a second click after coming back does not change the outcome of the connection', async () => {
  const user = stage.user();
  const connection = stage.mooring.connections.get(user.connectionId);
  const connectedAccountId = await connected(user);
  const active = { status: 'ACTIVE', connectedAccountId };
  for (const _ of ['second', 'third']) {
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_ALREADY_CONNECTED' });
    expect(await connection.result()).toMatchObject(active);
    expect(await connection.describe()).toMatchObject({ ended: 'ACTIVE', outcome: active });
    expect((await connection.view()).outcome).toMatchObject(active);
  }
});

it('two clicks at the same moment after coming back do not change it either', async () => {
  const user = stage.user();
  const connectedAccountId = await connected(user);
  await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_ALREADY_CONNECTED' });
  const { runId } = await stage.temporal.workflow.getHandle(user.workflowId).describe();
  // The other click has read the run of the first one while that was open.
  const { id: userId, authConfigId } = user;
  const second = await stage.temporal.workflow.start('connectUser', {
    taskQueue: stage.taskQueue,
    workflowId: user.workflowId,
    args: [{ userId, authConfigId }],
    memo: { connectionId: user.connectionId, metadata: {}, lastAttempt: runId },
  });
  expect(await second.result()).toMatchObject({ status: 'FAILED', reason: 'refused' });
  const connection = stage.mooring.connections.get(user.connectionId);
  expect(await connection.result()).toMatchObject({ status: 'ACTIVE', connectedAccountId });
  expect(await connection.describe()).toMatchObject({ ended: 'ACTIVE' });
});

it('a list marks refused attempts', async () => {
  const user = stage.user();
  await connected(user);
  await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_ALREADY_CONNECTED' });
  const endings = async () => {
    const ended: unknown[] = [];
    for await (const row of stage.mooring.connections.list({ userId: user.id }))
      ended.push(row.ended);
    return ended;
  };
  const both = ['REFUSED:ERR_ALREADY_CONNECTED', 'ACTIVE'];
  await expect.poll(endings).toEqual(both);
});

it('a connection whose attempts were all refused returns the refusal', async () => {
  const user = stage.user('ac_none');
  const connection = stage.mooring.connections.get(user.connectionId);
  for (const _ of ['first', 'second']) {
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_AUTH_CONFIG_NOT_FOUND' });
    expect(await connection.result()).toMatchObject({ status: 'FAILED', reason: 'refused' });
  }
});

it('an attempt that a closed gate has ended counts, and its refusal is the outcome', async () => {
  const user = stage.user();
  const connection = stage.mooring.connections.get(user.connectionId);
  const { redirectUrl } = await user.connect();
  const gate = await stage.closeGate(user.id, 'lapsed');
  await user.comeBack(await user.person.approve(redirectUrl));
  const refused = { status: 'FAILED', reason: 'refused', statusReason: 'ERR_USER_BLOCKED' };
  expect(await connection.result()).toMatchObject(refused);
  expect(await connection.describe()).toMatchObject({ ended: 'FAILED:refused' });
  await gate.open();
});
