import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountWorkflowId } from '../../../src/domain/ids.ts';
import { secret } from '../../support/an-event.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';
import { expiredWebhook, signedWebhook, webhookSecret } from '../../support/webhook.ts';

let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const app = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  stage = await openStage({
    environment: {
      MOORING_EVENT_ENDPOINTS: JSON.stringify([app]),
      MOORING_WEBHOOK_SECRETS: webhookSecret,
      MOORING_COMPOSIO_PROJECT_ID: 'pr_1',
    },
  });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

const refreshRoute = 'POST /connected_accounts/:id/refresh';

async function seed({ id: userId, authConfigId }: TestUser, status: 'ACTIVE' | 'EXPIRED') {
  const statusReason = status === 'EXPIRED' ? 'Max auth failures reached' : null;
  const row = { userId, authConfigId, status, person: 'ada', statusReason };
  return (await stage.sandbox.seedAccount(row)).id;
}

/** Composio's webhook about this account, with the account's current data. */
async function send(
  id: string,
  user_id: string,
  options: Parameters<typeof signedWebhook>[1] = {},
) {
  const body = JSON.stringify(expiredWebhook({ id, user_id }));
  const url = `${stage.gatewayUrl}/webhooks/composio`;
  return (await fetch(url, signedWebhook(body, options))).status;
}

/** Repeats it as Composio does if the gateway was too busy to answer in time. */
async function sendUntilTaken(id: string, userId: string, messageId: string): Promise<number> {
  for (let left = 20; ; left--) {
    const answer = await send(id, userId, { id: messageId });
    if (answer !== 503 || left === 0) return answer;
    await sleep(500);
  }
}

/** Waits until no run writes to this account any more. */
async function settled(id: string): Promise<void> {
  const handle = stage.temporal.workflow.getHandle(accountWorkflowId(id));
  await expect
    .poll(async () => (await handle.describe()).status.name, { timeout: 20_000 })
    .toBe('COMPLETED');
}

function told(id: string): string[] {
  return receiver.received
    .map(({ body }) => JSON.parse(body) as { type: string; connectedAccountId: string })
    .filter((event) => event.connectedAccountId === id)
    .map((event) => event.type);
}

describe('a webhook about an expired account', () => {
  it('causes one refresh and one notification, even if it arrives a hundred times', async () => {
    const user = stage.user();
    const id = await seed(user, 'EXPIRED');
    expect(await send(id, user.id)).toBe(204);
    await settled(id);
    await expect.poll(() => told(id), { timeout: 20_000 }).toEqual(['connection.reauth_required']);
    const again = Array.from({ length: 100 }, () => sendUntilTaken(id, user.id, 'msg_same'));
    expect(new Set(await Promise.all(again))).toEqual(new Set([204]));
    await settled(id);
    const calls = await user.calls();
    expect(calls.filter((route) => route === refreshRoute)).toHaveLength(1);
    expect(calls.filter((route) => !route.startsWith('GET'))).toEqual([refreshRoute]);
    expect(told(id)).toEqual(['connection.reauth_required']);
  });

  it('with a wrong status changes nothing: the read decides', async () => {
    const user = stage.user();
    const id = await seed(user, 'ACTIVE');
    expect(await send(id, user.id)).toBe(204);
    await settled(id);
    expect(await user.left()).toEqual([[id, 'ACTIVE']]);
    expect((await user.calls()).every((route) => route.startsWith('GET'))).toBe(true);
    expect(told(id)).toEqual([]);
  });

  it('with another user than the account’s touches nothing', async () => {
    const user = stage.user();
    const id = await seed(user, 'EXPIRED');
    expect(await send(id, stage.user().id)).toBe(204);
    await settled(id);
    expect(await user.left()).toEqual([[id, 'EXPIRED']]);
    expect(told(id)).toEqual([]);
  });

  it('with a foreign signature starts nothing', async () => {
    const user = stage.user();
    const id = await seed(user, 'EXPIRED');
    expect(await send(id, user.id, { secret: 'the-secret-of-somebody-else' })).toBe(401);
    const handle = stage.temporal.workflow.getHandle(accountWorkflowId(id));
    await expect(handle.describe()).rejects.toMatchObject({ name: 'WorkflowNotFoundError' });
  });

  it('is taken without a worker, which finds it when it starts', async () => {
    const user = stage.user();
    const id = await seed(user, 'EXPIRED');
    await stage.stopWorker();
    expect(await send(id, user.id)).toBe(204);
    await stage.startWorker();
    await settled(id);
    expect((await user.calls()).filter((route) => route === refreshRoute)).toHaveLength(1);
  });

  it('is answered with an error while another run holds the account, so Composio repeats it', async () => {
    const user = stage.user();
    const id = await seed(user, 'EXPIRED');
    const holder = await stage.temporal.workflow.start('revokeThenDelete', {
      // No worker takes this run; it only has to be open.
      taskQueue: `${stage.taskQueue}-nobody`,
      workflowId: accountWorkflowId(id),
    });
    expect(await send(id, user.id)).toBe(503);
    await holder.terminate();
    expect(await send(id, user.id)).toBe(204);
    await settled(id);
  });

  it('shows nothing of its body in a log line or in the metrics', async () => {
    const metrics = await stage.metrics.registry.metrics();
    expect(metrics).toMatch(/mooring_webhooks_total\{result="taken"\} 1\d\d/);
    expect(metrics).toMatch(/mooring_webhooks_total\{result="unsigned"\} 1/);
    expect(`${metrics}${stage.lines.join('\n')}`).not.toMatch(/BODYCANARY|Max auth|msg_same/);
  });
});
