import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalStack } from '../../../src/dev/local-stack.ts';
import { mooring } from '../../support/cli.ts';
import { openStage, type TestStage } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

const run = (...args: string[]) => mooring(args, stage.env);

/** The output of `mooring list`, as soon as it is not empty; visibility is seconds behind. */
async function listing(...args: string[]): Promise<string> {
  for (let looks = 1; ; looks++) {
    const { stdout } = await run('list', ...args).end();
    if (stdout !== '' || looks === 20) return stdout;
    await sleep(500);
  }
}

/** Expects exactly two lines on stderr: the error, and what to try. */
const exactly = (code: string, message: string) =>
  new RegExp(`^error ${code}: ${message}\n  try: [^\n]+\n$`);

describe('mooring connect', () => {
  it('prints only the link on stdout, and says on stderr that it is a secret', async () => {
    const { id, authConfigId } = stage.user();
    const cli = run('connect', '--user', id, '--auth-config', authConfigId);
    const { code, stdout, stderr } = await cli.end();
    expect(code).toBe(0);
    expect(new URL(stdout.trim()).origin).toBe(stage.server.url);
    expect(stderr).toContain(`connection ${id}/${authConfigId}, account ca_`);
    expect(stderr).toContain('show it to nobody else');
  });

  it('waits for the outcome, and exits 0 on ACTIVE', async () => {
    const user = stage.user();
    const cli = run('connect', '--user', user.id, '--auth-config', user.authConfigId, '--wait');
    await user.comeBack(await user.person.approve(await cli.line('http')));
    const { code, stdout } = await cli.end();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^outcome {2}ACTIVE\naccount {2}ca_/m);
  });

  it('exits 1 on any other outcome, and prints it as JSON lines with --json', async () => {
    const user = stage.user();
    const cli = run('connect', '--user', user.id, '--auth-config', 'ac_gmail', '--wait', '--json');
    const { redirectUrl } = JSON.parse(await cli.line('redirectUrl')) as { redirectUrl: string };
    await user.comeBack(await user.person.deny(redirectUrl));
    const { code, stdout } = await cli.end();
    expect(code).toBe(1);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      status: 'FAILED',
      reason: 'denied',
    });
  });

  it('fails with a suggestion when the user is connected already', async () => {
    const user = stage.user();
    const { redirectUrl, connectionId } = await user.connect();
    await user.comeBack(await user.person.approve(redirectUrl));
    const { connectedAccountId } = await stage.mooring.connections.get(connectionId).result();
    const args = ['connect', '--user', user.id, '--auth-config', user.authConfigId];
    const refused = await run(...args).end();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error ERR_ALREADY_CONNECTED: /);
    expect(refused.stderr).toContain(
      `  account: ${connectedAccountId}\n  try: --on-existing reuse`,
    );
    const reused = await run(...args, '--on-existing', 'reuse').end();
    expect(reused.code).toBe(0);
    expect(reused.stderr).toContain('there is no link to open');
    expect(reused.stdout).toBe('');
  });

  it('exits 2 on invalid input, and starts nothing', async () => {
    const { code, stderr } = await run('connect', '--user', 'a,b', '--auth-config', 'ac').end();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error ERR_INVALID_INPUT: userId: holds a comma\n {2}try: /);
  });
});

describe('mooring show, list, watch, cancel', () => {
  it('show one attempt from its start to its end', async () => {
    const user = stage.user();
    const { connectionId } = await user.connect({ metadata: { order: '7' } });
    const watching = run('watch', connectionId);
    expect(await watching.line('waiting')).toMatch(/ {2}waiting {2}INITIALIZING {2}ca_/);

    const shown = await run('show', '--user', user.id, '--auth-config', user.authConfigId).end();
    expect(shown.stdout).toContain(`connection  ${connectionId}\n`);
    expect(shown.stdout).toContain('state       open, waiting\n');
    expect(shown.stdout).toContain('metadata    {"order":"7"}\n');

    const canceled = await run('cancel', connectionId).end();
    expect(canceled.code).toBe(0);
    expect(canceled.stdout).toContain('CANCELED');
    const watched = await watching.end();
    expect(watched.code).toBe(1);
    expect(watched.stdout).toContain('CANCELED');

    const again = await run('cancel', connectionId).end();
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('nothing to cancel');

    const after = JSON.parse((await run('show', connectionId, '--json').end()).stdout) as object;
    expect(after).toMatchObject({ open: false, outcome: { status: 'CANCELED' } });
    const listed = await listing('--user', user.id, '--outcome', 'CANCELED');
    expect(listed).toMatch(/^CONNECTION +STATE +ACCOUNT +STARTED +CLOSED\n/);
    expect(listed).toContain(`${connectionId}  CANCELED:canceled  ca_`);
  });

  it('say so when Temporal has no such attempt', async () => {
    for (const command of ['show', 'watch', 'cancel']) {
      const { code, stderr } = await run(command, 'nobody/ac_gmail').end();
      expect(code).toBe(1);
      expect(stderr).toContain('error ERR_OUTCOME_UNKNOWN: ');
    }
  });

  it('name the address of a Temporal that cannot be reached', async () => {
    const away = { ...stage.env, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, stderr } = await mooring(['list'], away).end();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error ERR_TEMPORAL_UNAVAILABLE: Temporal at 127\.0\.0\.1:1 /);
    expect(stderr).not.toContain('    at ');
  });
});

describe('mooring worker, gateway, sandbox', () => {
  it.each([
    ['worker', 'worker ready'],
    ['gateway', 'gateway ready'],
  ])(
    '%s serves health and metrics, and drains on SIGTERM with exit code 0',
    async (name, ready) => {
      const cli = mooring([name], { ...stage.env, MOORING_GATEWAY_PORT: '0' });
      const { opsUrl } = JSON.parse(await cli.line(ready)) as { opsUrl: string };
      expect((await fetch(`${opsUrl}/health/ready`)).status).toBe(200);
      expect(await (await fetch(`${opsUrl}/metrics`)).text()).toContain('mooring_callbacks_total');
      cli.signal('SIGTERM');
      const { code, stdout } = await cli.end();
      expect(code).toBe(0);
      expect(stdout).toContain(`${name} stopped`);
    },
  );

  it('end with one clear line when the address is in use', async () => {
    const { port } = new URL(stage.gatewayUrl);
    const env = { ...stage.env, MOORING_GATEWAY_PORT: port };
    const { code, stderr } = await mooring(['gateway'], env).end();
    expect(code).toBe(2);
    expect(stderr).toContain(
      `MOORING_GATEWAY_PORT: cannot listen on 127.0.0.1:${port} (EADDRINUSE)`,
    );
  });

  it('sandbox prints what a worker needs', async () => {
    const cli = mooring(['sandbox', '--port', '0', '--api-key', 'key_1'], {});
    expect(await cli.line('COMPOSIO_API_KEY')).toContain('key_1');
    cli.signal('SIGINT');
    expect((await cli.end()).code).toBe(0);
  });

  it('sandbox names a port that is in use, and what to try', async () => {
    const { port } = new URL(stage.server.url);
    const { code, stdout, stderr } = await mooring(['sandbox', '--port', port], {}).end();
    expect(stderr).toMatch(
      exactly(
        'ERR_INVALID_INPUT',
        `[^\n]*127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\)[^\n]*--port[^\n]*`,
      ),
    );
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('all at once name the part whose port is in use, and the option for another port', async () => {
    const { port } = new URL(stage.server.url);
    const ports = { sandbox: Number(port) };
    await expect(startLocalStack({ headless: true, ports, quiet: true })).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      message: expect.stringMatching(`port ${port} of 127.0.0.1 is in use.* --port sandbox=<n>`),
    });
  });
});

describe('a worker that cannot start', () => {
  it('names the ops port that is in use, and exits 2', async () => {
    const { port } = new URL(stage.gatewayUrl);
    const { code, stderr } = await mooring(['worker'], {
      ...stage.env,
      MOORING_OPS_PORT: port,
    }).end();
    expect(stderr).toMatch(
      exactly(
        'ERR_INVALID_INPUT',
        `MOORING_OPS_PORT: [^\n]*127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\)[^\n]*`,
      ),
    );
    expect(code).toBe(2);
  });

  it('names a namespace that Temporal does not have, and exits 1', async () => {
    const env = { ...stage.env, TEMPORAL_NAMESPACE: 'nowhere' };
    const { code, stderr } = await mooring(['worker'], env).end();
    expect(stderr).toMatch(exactly('ERR_TEMPORAL_UNAVAILABLE', '[^\n]*nowhere[^\n]*'));
    expect(code).toBe(1);
  });

  it('names the address of a Temporal that cannot be reached, and exits 1', async () => {
    const env = { ...stage.env, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, stderr } = await mooring(['worker'], env).end();
    expect(stderr).toMatch(exactly('ERR_TEMPORAL_UNAVAILABLE', '[^\n]*127\\.0\\.0\\.1:1 [^\n]*'));
    expect(code).toBe(1);
  });

  it('asks for keys before it connects to Temporal, on this machine too, and exits 1', async () => {
    const env = { COMPOSIO_API_KEY: 'ak_1', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, stderr } = await mooring(['worker'], env).end();
    const message = 'MOORING_ENCRYPTION_KEYS is not set[^\n]*';
    expect(stderr).toMatch(exactly('ERR_ENCRYPTION_KEY_MISSING', message));
    expect(code).toBe(1);
  });
});
