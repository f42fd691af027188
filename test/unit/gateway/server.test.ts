import { get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningGateway, startGateway } from '../../../src/gateway/server.ts';
import { active, gateway } from './support.ts';

const running: RunningGateway[] = [];

async function listening(port = 0) {
  const { dependencies, run, token } = gateway();
  const server = await startGateway({ ...dependencies, host: '127.0.0.1', port });
  running.push(server);
  return { server, url: server.url, run, token };
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

  it('lets a running request end before it stops, and takes no new one', async () => {
    const { server, url, token, run } = await listening();
    let settle = () => {};
    const asked = new Promise<void>((resolve) => {
      run.outcome.mockImplementation(() => {
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
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  it('names the setting when its port is taken', async () => {
    const { url } = await listening();
    await expect(listening(Number(new URL(url).port))).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      message: expect.stringMatching(/^MOORING_GATEWAY_PORT: .*EADDRINUSE.*choose another/),
    });
  });

  it('is not shaken by a request that is no request', async () => {
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
