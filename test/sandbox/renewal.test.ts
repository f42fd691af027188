import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { refusal, useSandbox } from './support.ts';
import { type Receiver, startReceiver, status as replied } from '../support/receiver.ts';

const { client, control, newUser, sandbox, status } = useSandbox();
const alive = { access: true, refresh: true };
const secret = 'wh_raw+secret=';
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());
afterEach(async () => {
  await control().settings({
    tokenEndpoint: 'works',
    webhookUrl: null,
    webhookCopies: 1,
    holdWebhooks: false,
    renewEveryMs: null,
  });
  receiver.received.length = 0;
});

const seeded = async (authConfigId = 'ac_gmail') =>
  (await control().seedAccount({ userId: newUser(), authConfigId })).id;

const listen = () =>
  control().settings({
    webhookUrl: receiver.url,
    webhookSecrets: [secret],
    webhookAttempts: 4,
    webhookRetryMs: 20,
  });

function firstReceived() {
  const [first] = receiver.received;
  if (!first) throw new Error('nothing was received');
  return first;
}

const events = () =>
  receiver.received.map(({ body }) => JSON.parse(body) as { id: string; data: { id: string } });

describe('the background renewal', () => {
  it('renews only accounts that are due at the provider', async () => {
    const id = await seeded();
    const before = (await control().secrets()).length;
    expect((await control().renewInBackground()).renewed).toBe(0);
    await control().advance(3_400_000);
    const fresh = await seeded();
    // The canary is there too.
    expect(await control().renewInBackground()).toEqual({ renewed: 2, expired: 0, unanswered: 0 });
    await control().advance(300_000);
    expect(await control().introspect(id)).toEqual(alive);
    expect((await control().secrets()).length).toBeGreaterThanOrEqual(before + 4);
    expect((await control().writes()).filter(({ accountId }) => accountId === fresh)).toHaveLength(
      1,
    );
    expect((await control().writes()).at(-1)).toMatchObject({ by: 'renewal', op: 'renew' });
  });

  it('expires an account whose grant was killed, and sends the signed event', async () => {
    await listen();
    const id = await seeded();
    await control().killGrant(id);
    expect(await control().renewInBackground([id])).toMatchObject({ expired: 1 });
    const reason = 'Permanent auth error during token refresh';
    expect(await status(id)).toEqual({ status: 'EXPIRED', reason });

    await expect.poll(() => receiver.received).toHaveLength(1);
    const { headers, body } = firstReceived();
    const event: unknown = JSON.parse(body);
    const account = await client().connectedAccounts.retrieve(id);
    expect(event).toEqual({
      id: expect.stringMatching(/^msg_[\da-f-]{36}$/) as string,
      timestamp: expect.any(String) as string,
      type: 'composio.connected_account.expired',
      metadata: { project_id: sandbox().projectId, org_id: expect.any(String) as string },
      data: account,
    });
    const { 'webhook-id': webhookId, 'webhook-timestamp': timestamp } = headers;
    expect(webhookId).toBe((event as { id: string }).id);
    expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(60);
    const signed = `${String(webhookId)}.${String(timestamp)}.${body}`;
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`,
    );
    expect(headers).toMatchObject({
      'x-composio-webhook-version': 'V3',
      'x-composio-delivery-attempt': '1',
    });
    for (const known of await control().secrets()) {
      if (known !== id) expect(body.includes(known) ? known : '').toBe('');
    }
  });

  it('gives up after several renewals without an answer, and the grant lives on', async () => {
    const id = await seeded();
    await control().settings({ tokenEndpoint: 'fails' });
    for (let n = 1; n <= 2; n++) {
      expect(await control().renewInBackground([id])).toMatchObject({ unanswered: 1 });
    }
    expect((await status(id)).status).toBe('ACTIVE');
    expect(await control().renewInBackground([id])).toMatchObject({ expired: 1 });
    expect(await status(id)).toEqual({ status: 'EXPIRED', reason: 'Max auth failures reached' });
    expect(await control().introspect(id)).toEqual(alive);
  });

  it('counts from zero after a renewal that worked', async () => {
    const id = await seeded();
    for (let round = 1; round <= 2; round++) {
      await control().settings({ tokenEndpoint: 'fails' });
      for (let n = 1; n <= 2; n++) await control().renewInBackground([id]);
      await control().settings({ tokenEndpoint: 'works' });
      expect(await control().renewInBackground([id])).toMatchObject({ renewed: 1 });
    }
    expect((await status(id)).status).toBe('ACTIVE');
  });

  it('leaves accounts alone that are not ACTIVE', async () => {
    const id = await seeded();
    await client().connectedAccounts.updateStatus(id, { enabled: false });
    const nothing = { renewed: 0, expired: 0, unanswered: 0 };
    expect(await control().renewInBackground([id])).toEqual(nothing);
    expect((await status(id)).status).toBe('INACTIVE');
  });

  it('runs on a timer if set to', async () => {
    const id = await seeded();
    await control().advance(3_400_000);
    await control().settings({ renewEveryMs: 100 });
    await expect
      .poll(
        async () => (await control().writes()).filter(({ accountId }) => accountId === id).at(-1),
        { timeout: 10_000 },
      )
      .toMatchObject({ by: 'renewal', op: 'renew' });
  });
});

describe('a webhook', () => {
  it('is sent until it is taken, with one id and a new signature each time', async () => {
    await listen();
    receiver.reply(replied(500), replied(302, { location: receiver.url }), replied(204));
    const id = await seeded();
    const { webhookId } = await control().sendWebhook(id);
    await expect.poll(async () => (await control().webhooks()).at(-1)?.status).toBe(204);
    const attempts = (await control().webhooks()).filter((attempt) => attempt.id === webhookId);
    expect(attempts.map(({ attempt, status, accountId }) => [attempt, status, accountId])).toEqual([
      [1, 500, id],
      [2, 302, id],
      [3, 204, id],
    ]);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(receiver.received.map(({ headers }) => headers['x-composio-delivery-attempt'])).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('is given up in the end', async () => {
    await listen();
    receiver.reply(replied(503), replied(503), replied(503), replied(503));
    const { webhookId } = await control().sendWebhook(await seeded());
    const own = async () => (await control().webhooks()).filter(({ id }) => id === webhookId);
    await expect.poll(async () => (await own()).map(({ status }) => status)).toHaveLength(4);
    await expect.poll(async () => (await own()).at(-1)?.status).toBe(503);
    expect(receiver.received).toHaveLength(4);
  });

  it('comes several times, or late and the newest first, if set to', async () => {
    await listen();
    await control().settings({ webhookCopies: 3, holdWebhooks: true });
    const ids = [await seeded(), await seeded(), await seeded()];
    for (const id of ids) {
      await control().killGrant(id);
      await control().renewInBackground([id]);
    }
    expect(receiver.received).toHaveLength(0);
    await control().releaseWebhooks({ newestFirst: true });
    const told = events();
    expect(told).toHaveLength(9);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
    expect([0, 3, 6].map((at) => told[at]?.data.id)).toEqual(ids.toReversed());
  });

  it('can be made one that Composio would not send', async () => {
    await listen();
    const id = await seeded();
    await control().sendWebhook(id, {
      type: 'composio.trigger.disabled',
      projectId: 'pr_another',
      ageSeconds: 3_600,
      secrets: ['one', 'two'],
    });
    await expect.poll(() => receiver.received).toHaveLength(1);
    const { headers, body } = firstReceived();
    expect(JSON.parse(body)).toMatchObject({
      type: 'composio.trigger.disabled',
      metadata: { project_id: 'pr_another' },
    });
    expect(Date.now() / 1_000 - Number(headers['webhook-timestamp'])).toBeGreaterThan(3_590);
    expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2);
  });

  it('is sent by a refresh that finds the grant dead as well, and only once', async () => {
    await listen();
    await control().settings({ refreshReading: 'renew' });
    const id = await seeded();
    await control().killGrant(id);
    await client().connectedAccounts.refresh(id);
    await client().connectedAccounts.refresh(id);
    await control().settings({ refreshReading: 'restart' });
    await expect.poll(() => receiver.received).not.toHaveLength(0);
    expect(events().map(({ data }) => data.id)).toEqual([id]);
  });

  it('fails to kill the grant of an account without one, and says so', async () => {
    const id = await seeded('ac_apikey');
    expect(await refusal(control().killGrant(id))).toMatchObject({
      message: expect.stringContaining('no grant') as string,
    });
  });
});
