import { serve } from '@hono/node-server';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { createBackend } from '../../examples/hono-backend/app.ts';
import { findFreePort } from '../../src/process/ports.ts';
import { event, secret } from '../support/an-event.ts';
import { openStage, type TestStage } from '../support/stage.ts';

const signing = secret();
const greeted: [string, string][] = [];
let stage: TestStage;
let server: ReturnType<typeof serve>;
let origin: string;

beforeAll(async () => {
  const port = await findFreePort();
  origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/mooring`;
  const endpoint = { name: 'backend', url, secrets: [signing], allowPrivate: true };
  stage = await openStage({
    environment: {
      MOORING_RETURN_ORIGINS: origin,
      MOORING_EVENT_ENDPOINTS: JSON.stringify([endpoint]),
    },
  });
  const { fetch } = createBackend({
    mooring: stage.mooring,
    secrets: [signing],
    publicUrl: origin,
    authConfigId: 'ac_gmail',
    signedIn: (c) => c.req.header('x-session') ?? null,
    onConnected: async (userId, id) => void greeted.push([userId, id]),
  });
  server = serve({ fetch, hostname: '127.0.0.1', port });
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await stage.close();
});

/** A browser with a signed-in user. */
function browser(userId: string) {
  const send = async (method: string, url: string | URL) => {
    const headers = { 'x-session': userId };
    const response = await fetch(url, { method, headers, redirect: 'manual' });
    const { status } = response;
    return {
      status,
      location: response.headers.get('location') ?? '',
      text: await response.text(),
    };
  };
  const open = async (url: string | URL) => send('GET', url);
  return {
    home: async () => (await open(origin)).text,
    press: async (url: string) => send('POST', new URL(url, origin)),
    /** Follows the link as this person at the provider. Returns what the app says in the end. */
    follow: async (link: string, person = new Person('ada')) => {
      const home = await person.comeBack(await person.approve(link));
      return (await open(home ?? '')).text;
    },
    open,
  };
}

it('connects its user, who is confirmed on return and known by an event', async () => {
  const { id } = stage.user();
  const { home, press, follow } = browser(id);
  expect(await home()).toBe('not connected');
  const { status, location } = await press('/connect');
  expect(status).toBe(303);
  expect(await follow(location)).toBe('you are connected');
  const [account] = await stage.sandbox.accounts({ userId: id });
  await expect.poll(home).toBe(`connected: ${account?.id}`);
  expect(greeted).toContainEqual([id, account?.id]);
  expect(await press('/connect')).toMatchObject({ status: 409, text: 'ERR_ALREADY_CONNECTED' });
});

it('lets its user connect again, with a link that lives for days, when the grant has died', async () => {
  const { id } = stage.user();
  const { home, press, follow } = browser(id);
  expect((await press('/reconnect')).status).toBe(404);
  await follow((await press('/connect')).location);
  await expect.poll(home).toContain('connected: ');
  const before = await home();
  const [old] = await stage.sandbox.accounts({ userId: id });
  await stage.sandbox.setStatus(old?.id ?? '', 'EXPIRED');

  const { location: link } = await press('/reconnect');
  expect(new URL(link).origin).toBe(stage.gatewayUrl);
  expect(await follow((await press(link)).location)).toBe('you are connected');
  const [, fresh] = await stage.sandbox.accounts({ userId: id });
  await expect.poll(home).toBe(`connected: ${fresh?.id}`);
  expect(await home()).not.toBe(before);
});

it('lets nobody finish a link for somebody else', async () => {
  const user = stage.user();
  const { location } = await browser(user.id).press('/connect');
  const eve = browser(`${user.id}-eve`);
  expect(await eve.follow(location, new Person('eve'))).toBe(
    'that did not work: identity_mismatch',
  );
  expect(await browser(user.id).home()).toBe('not connected');
  expect(await user.left()).toEqual([]);
});

it('says to a user who denied that nothing was connected', async () => {
  const { id } = stage.user();
  const { press, open } = browser(id);
  const { location } = await press('/connect');
  const home = await open(await new Person('ada').deny(location));
  expect((await open(home.location)).text).toBe('nothing was connected');
});

it('takes an event once, however often it comes, and only with a signature', async () => {
  const own = { ...event, id: 'once_1', data: { ...event.data, userId: 'user_once' } };
  const body = JSON.stringify(own);
  const now = new Date();
  const headers = {
    'webhook-id': own.id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(signing).sign(own.id, now, body),
  };
  const post = async (signature: object) => {
    const all = { ...headers, ...signature };
    return (await fetch(`${origin}/mooring`, { method: 'POST', headers: all, body })).status;
  };
  expect(await post({ 'webhook-signature': 'v1,bm90IG91cnM=' })).toBe(401);
  expect(await browser('user_once').home()).toBe('not connected');
  expect([await post({}), await post({})]).toEqual([204, 204]);
  expect(await browser('user_once').home()).toBe('connected: ca_of_the_event');
  expect(greeted.filter(([userId]) => userId === 'user_once')).toEqual([
    ['user_once', 'ca_of_the_event'],
  ]);
});

it('serves only signed-in users', async () => {
  const response = await fetch(`${origin}/connect`, { method: 'POST' });
  expect([response.status, await response.text()]).toEqual([401, 'sign in first']);
});
