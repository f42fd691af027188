import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Hono } from 'hono';
import { startOpsServer } from '../../../src/observability/ops.ts';

let ops: Awaited<ReturnType<typeof startOpsServer>>;

beforeAll(async () => {
  ops = await startOpsServer({
    host: '127.0.0.1',
    port: 0,
    names: ['worker.mooring.svc.cluster.local'],
    canWork: () => true,
    readMetrics: async () => 'calls_total 1',
    codec: new Hono().get('/', (c) => c.text('by token')),
  });
});
afterAll(() => ops.stop());

/** The request of a browser for a page of `host`, whatever address that name has. */
async function ask(host: string, path: string) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    request(`${ops.url}${path}`, { headers: { host } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    })
      .on('error', reject)
      .end();
  });
}

it.each(['evil.example', 'evil.example:9464', 'localhost.evil.example', '127.0.0.1.evil.example'])(
  'a page of %s whose name resolves to this server reads nothing',
  async (host) => {
    for (const path of ['/metrics', '/health/live', '/health/ready']) {
      const { status, text } = await ask(host, path);
      expect([path, status]).toEqual([path, 421]);
      expect(text).toContain('MOORING_OPS_NAMES');
    }
  },
);

it.each([
  '127.0.0.1:9464',
  'localhost:9464',
  '10.1.2.3:9464',
  '[::1]:9464',
  'worker:9464',
  'worker.mooring.svc.cluster.local:9464',
  'WORKER.mooring.svc.cluster.local',
])('an orchestrator or Prometheus that asks for %s gets an answer', async (host) => {
  expect(await ask(host, '/metrics')).toEqual({ status: 200, text: 'calls_total 1' });
  expect((await ask(host, '/health/ready')).status).toBe(200);
});

it('the codec, which needs a token, answers behind any host name of a proxy', async () => {
  expect(await ask('temporal.example', '/codec')).toEqual({ status: 200, text: 'by token' });
});
