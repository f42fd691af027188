import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postJson } from '../../../src/outbound/signed-post.ts';
import {
  drip,
  flood,
  type Receiver,
  silence,
  startReceiver,
  status,
} from '../../support/receiver.ts';

const message = {
  headers: { 'content-type': 'application/json' },
  body: '{"secret":"BODYCANARY"}',
};
const never = new AbortController().signal;

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => receiver.stop());

const send = (url = receiver.url, limits = { ms: 1_000, bytes: 65_536 }, signal = never) =>
  postJson({ url, allowPrivate: true }, message, signal, limits);

describe('a post', () => {
  it('sends headers and body unchanged, and returns the status', async () => {
    receiver.reply(status(201, { 'retry-after': '7' }));
    const answer = await send();
    expect(answer.status).toBe(201);
    expect(answer.headers.get('retry-after')).toBe('7');
    const got = receiver.received.at(-1);
    expect(got?.body).toBe(message.body);
    expect(got?.headers).toMatchObject({ ...message.headers, host: `127.0.0.1:${receiver.port}` });
  });

  it('returns the complete body, or none', async () => {
    receiver.reply((response) => response.writeHead(200).end('{"said":"é"}'), drip, flood);
    expect((await send()).body).toBe('{"said":"é"}');
    expect(await send()).toMatchObject({ status: 200, body: null });
    expect(await send()).toMatchObject({ status: 200, body: null });
  });

  it('follows no redirect', async () => {
    const before = receiver.received.length;
    receiver.reply(status(302, { location: '/elsewhere' }));
    expect((await send()).status).toBe(302);
    expect(receiver.received).toHaveLength(before + 1);
  });

  it('returns the status of an answer that drips without an end, and closes the connection', async () => {
    receiver.reply(drip);
    const begun = Date.now();
    expect((await send()).status).toBe(200);
    // Otherwise this takes forever.
    expect(Date.now() - begun).toBeLessThan(20_000);
    await expect.poll(() => receiver.open()).toBe(0);
  });

  it('closes the connection in time even if memory is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const collecting = setInterval(collect, 100);
    receiver.reply(drip);
    const begun = Date.now();
    expect((await send()).status).toBe(200);
    // Otherwise this takes forever.
    expect(Date.now() - begun).toBeLessThan(20_000);
    clearInterval(collecting);
  });

  it('returns the status of an answer without an end, and closes the connection after 64 KB', async () => {
    receiver.reply(flood);
    const begun = Date.now();
    expect((await send(receiver.url, { ms: 30_000, bytes: 65_536 })).status).toBe(200);
    expect(Date.now() - begun).toBeLessThan(5_000);
    await expect.poll(() => receiver.open()).toBe(0);
  });

  it('gives up on an endpoint that does not answer', async () => {
    receiver.reply(silence);
    await expect(send()).rejects.toThrow('no answer within 1 s');
    await expect.poll(() => receiver.open()).toBe(0);
  });

  it('gives up on headers that drip without an end', async () => {
    const dripping = createServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Drip: ');
      const beat = setInterval(() => socket.write('.'), 50);
      socket.on('error', () => {}).on('close', () => clearInterval(beat));
    });
    await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve));
    const { port } = dripping.address() as AddressInfo;
    await expect(send(`http://127.0.0.1:${port}/`)).rejects.toThrow('no answer within 1 s');
    await new Promise((resolve) => dripping.close(resolve));
  });

  it('ends at once if it is canceled, with the reason of the cancellation', async () => {
    receiver.reply(silence);
    const controller = new AbortController();
    const sending = send(receiver.url, { ms: 30_000, bytes: 1 }, controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(sending).rejects.toThrow('enough');
  });

  it.each([
    () => receiver.url,
    () => `http://localhost:${receiver.port}/`,
    () => `http://[::ffff:127.0.0.1]:${receiver.port}/`,
    () => `http://2130706433:${receiver.port}/`,
    () => 'http://169.254.169.254/latest/meta-data/',
  ])('to an address that is not public is refused, and nothing is sent: %s', async (url) => {
    const before = receiver.received.length;
    await expect(postJson({ url: url() }, message, never)).rejects.toThrow(
      'its address is not public',
    );
    expect(receiver.received).toHaveLength(before);
  });

  it('that fails reveals no address, no query and nothing that was sent', async () => {
    const url = 'http://127.0.0.1:1/pathcanary?key=QUERYCANARY';
    const error: unknown = await send(url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'no answer (ECONNREFUSED)' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/CANARY|pathcanary/);
    const nowhere = await send('http://nowhere.invalid/').catch((thrown: unknown) => thrown);
    expect(nowhere).toMatchObject({
      message: expect.stringMatching(/^no answer \((ENOTFOUND|EAI_AGAIN)\)$/),
    });
  });
});
