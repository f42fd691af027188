import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningGateway, startGateway } from '../../../src/gateway/server.ts';
import { active, gateway } from './support.ts';

const running: RunningGateway[] = [];

async function listening(port = 0) {
  const { dependencies, run, token, reconnectToken } = gateway();
  const server = await startGateway({ ...dependencies, host: '127.0.0.1', port });
  running.push(server);
  const reconnectPath = `/reconnect/${reconnectToken()}`;
  return { server, url: server.url, run, token, reconnectPath };
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop().catch(() => undefined);
});

describe('startGateway', () => {
  it('answers over HTTP', async () => {
    const { url, token } = await listening();
    const response = await fetch(`${url}/callback/${token()}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('You are connected');
  });

  it('lets a running request finish before it stops, and accepts no new one', async () => {
    const { server, url, token, run } = await listening();
    let settle = () => {};
    const asked = new Promise<void>((resolve) => {
      run.result.mockImplementation(() => {
        resolve();
        return new Promise((answer) => (settle = () => answer(active)));
      });
    });
    const response = fetch(`${url}/callback/${token()}`);
    await asked;
    const began = Date.now();
    const stopped = server.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    settle();
    expect((await response).status).toBe(200);
    await stopped;
    // The stop ends with the last request, before the deadline that closes open connections.
    expect(Date.now() - began).toBeLessThan(4_500);
  });

  it('names the setting if its port is in use', async () => {
    const { url } = await listening();
    await expect(listening(Number(new URL(url).port))).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      message: expect.stringMatching(/^MOORING_GATEWAY_PORT: .*EADDRINUSE.*choose another/),
    });
  });

  it('closes the connection if a body continues after one kilobyte', async () => {
    const { url, reconnectPath } = await listening();
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const answered = await fetch(`${url}${reconnectPath}`, init).then(
      ({ status }) => String(status),
      () => 'hung up',
    );
    expect(answered).toMatch(/^(413|hung up)$/);
    // The sender’s own buffers and the network accept this much; the server does not read it.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(sent).toBeLessThan(50_000_000);
  });

  it('closes the connection if the headers have not arrived within ten seconds', async () => {
    const { url } = await listening();
    const began = Date.now();
    await new Promise((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
      });
      socket.on('error', () => {}).on('close', resolve);
      socket.resume();
    });
    const took = Date.now() - began;
    expect(took).toBeGreaterThan(9_000);
    // Node itself checks only every 30 s.
    expect(took).toBeLessThan(20_000);
  });

  it('holds a thousand connections, and closes one more at once', async () => {
    const { url } = await listening();
    const port = Number(new URL(url).port);
    const open = () =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket)).once('error', reject);
      });
    const sockets: Socket[] = [];
    while (sockets.length < 1_000) sockets.push(await open());
    const answerTo = (socket: Socket) =>
      new Promise<string>((resolve) => {
        socket.once('data', (data) => resolve(data.toString())).once('close', () => resolve(''));
        socket.on('error', () => resolve('')).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      });
    expect(await answerTo(sockets[999] as Socket)).toMatch(/^HTTP\/1\.1 404/);
    expect(await answerTo(await open())).toBe('');
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => answerTo(await open())).toMatch(/^HTTP\/1\.1 404/);
  });

  it('continues after a request that is invalid', async () => {
    const { url } = await listening();
    const status = await new Promise((resolve, reject) => {
      get(url, { headers: { Host: 'a b' } }, (response) => resolve(response.statusCode)).on(
        'error',
        reject,
      );
    });
    expect(status).toBe(400);
    expect((await fetch(url)).status).toBe(404);
  });
});
