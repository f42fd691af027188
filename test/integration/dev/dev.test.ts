import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { secret } from '../../support/an-event.ts';
import { mooring } from '../../support/cli.ts';
import { finished } from '../../support/processes.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';

const parts = ['temporal', 'temporal-ui', 'sandbox', 'gateway', 'gateway-ops', 'worker-ops'];
const anyPort = ['--port', ...parts.map((part) => `${part}=0`)];
const folder = mkdtempSync(join(tmpdir(), 'mooring-dev-'));

let receiver: Receiver;
let dev: ReturnType<typeof mooring>;

beforeAll(async () => {
  receiver = await startReceiver();
  const endpoint = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  const file = join(folder, 'endpoints.json');
  writeFileSync(file, JSON.stringify([endpoint]));
  dev = mooring(['dev', '--headless', ...anyPort], {
    ...process.env,
    TEMPORAL_ADDRESS: undefined,
    MOORING_EVENT_ENDPOINTS_FILE: file,
    MOORING_WORKFLOW_BUNDLE: inject('workflowBundlePath'),
    COMPOSIO_API_KEY: 'ak_of-a-real-project',
  });
  const said = () => dev.said().stdout + dev.said().stderr;
  await vi.waitFor(() => expect(said()).toMatch(/Ctrl-C stops everything|error/), {
    timeout: 120_000,
    interval: 100,
  });
}, 130_000);
afterAll(async () => {
  dev.signal('SIGTERM');
  await dev.end();
  await receiver.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

/** Runs a program in a shell that knows only the lines that `mooring dev` has printed on stdout. */
async function shell(program: string, ...args: string[]) {
  const { PATH = '' } = process.env;
  const loader = resolve('node_modules/tsx/dist/loader.mjs');
  const script = 'eval "$1"; shift; exec "$@"';
  const words = [
    dev.said().stdout,
    process.execPath,
    '--import',
    loader,
    resolve(program),
    ...args,
  ];
  const child = spawn('bash', ['-c', script, 'bash', ...words], {
    env: { PATH },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return finished(child);
}

describe('mooring dev', () => {
  it('prints lines for a shell; with only these another process connects a user and reads accounts', async () => {
    const { stdout, stderr } = dev.said();
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/^export [A-Z_]+=\S+$/);
    expect(stdout).toMatch(/^export COMPOSIO_API_KEY=(?!ak_of-a-real-project)/m);
    expect(stdout).toMatch(/^export COMPOSIO_BASE_URL=http/m);
    expect(stderr).toMatch(/origins for a returnUrl +http:\/\/localhost:3000$/m);

    const beside = await shell('test/support/beside-dev.ts');
    expect(beside.stderr).toBe('');
    const { connectedAccountId, ...told } = JSON.parse(beside.stdout) as Record<string, unknown>;
    expect(told).toEqual({ answered: 303, status: 'ACTIVE', read: [connectedAccountId] });
  }, 120_000);

  it('takes the variables of workers and gateways, and says which ones it ignores', async () => {
    const { stderr } = dev.said();
    expect(stderr).toMatch(/^ignored, because `mooring dev` sets its own: COMPOSIO_API_KEY$/m);
    const types = () =>
      receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    await expect.poll(types, { timeout: 30_000 }).toContain('connect.active');
  });

  it('names the allowed origins to a caller that uses another one', async () => {
    const url = ['--return-url', 'https://app.example/done'];
    const asked = ['connect', '--user', 'bob', '--auth-config', 'ac_gmail', ...url];
    const { code, stderr } = await shell('src/cli/main.ts', ...asked);
    expect(stderr).toContain('which allows http://localhost:3000');
    expect(code).toBe(2);
  });

  it('applies the default schedules when there is no file', async () => {
    const { code, stderr } = await shell('src/cli/main.ts', 'schedule', 'apply');
    expect(stderr).toContain('no mooring.schedules.json here');
    expect(stderr).toContain('heal is created');
    expect(code).toBe(0);
  });

  it.each(['dev', 'demo'])(
    '%s names the part whose port is in use, and the option for another port',
    async (command) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as { port: number };
      const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
      const ended = await mooring([command, ...anyPort, '--port', `gateway=${port}`], env).end();
      taken.close();
      expect(ended.stderr).toContain(`port ${port} of 127.0.0.1 is in use`);
      expect(ended.stderr).toContain('--port gateway=<n>');
      expect(ended.code).toBe(2);
    },
  );
});
