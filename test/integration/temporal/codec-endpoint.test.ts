import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openGateway } from '../../../src/gateway.ts';
import { findCli } from '../../../src/dev/temporal/cli-binary.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const run = promisify(execFile);
const token = 'ops-0123456789-0123456789-0123456789';

let stage: TestStage;
let user: TestUser;
let cli: string;

beforeAll(async () => {
  stage = await openStage({ environment: { MOORING_CODEC_TOKENS: `ops:${token}` } });
  cli = await findCli({ env: process.env, log: console.warn, checkCli: async () => null });
  user = stage.user();
  const { redirectUrl } = await user.connect({ metadata: { plan: 'legible-plan' } });
  await user.comeBack(await user.person.approve(redirectUrl));
  await stage.mooring.connections.get(user.connectionId).result();
});
afterAll(async () => stage.close());

/** The output of `temporal workflow show` for the run with these options. */
async function shown(...options: string[]): Promise<string> {
  const show = ['workflow', 'show', '--workflow-id', user.workflowId, '--detailed'];
  const address = ['--address', inject('temporalAddress'), '--namespace', stage.namespace];
  // A home directory without a Temporal profile.
  const env = { HOME: tmpdir() };
  const { stdout } = await run(cli, [...show, ...address, ...options], { env });
  return stdout;
}

describe('temporal workflow show', () => {
  it('shows nothing of an input without the codec endpoint', async () => {
    const history = await shown();
    expect(history).toContain('WorkflowExecutionStarted');
    expect(history).not.toContain('legible-plan');
  });

  it('shows it with the worker’s endpoint, and each use logs a line with the user’s name', async () => {
    const endpoint = `${stage.worker!.opsUrl}/codec`;
    const seen = ['--codec-endpoint', endpoint, '--codec-auth', `Bearer ${token}`];
    expect(await shown(...seen)).toContain('legible-plan');
    const used = stage.lines.filter((line) => line.includes('payloads decoded'));
    expect(used.length).toBeGreaterThan(0);
    for (const line of used) {
      expect(JSON.parse(line)).toMatchObject({
        who: 'ops',
        namespace: stage.namespace,
        failures: 0,
      });
      expect(line).not.toContain('legible-plan');
    }
  });

  it('shows it with the gateway’s endpoint, and nothing with another token', async () => {
    const gateway = await openGateway({
      environment: { ...stage.env, MOORING_GATEWAY_PORT: '0' },
      logger: stage.log,
    });
    const endpoint = ['--codec-endpoint', `${gateway.opsUrl}/codec`, '--codec-auth'];
    expect(await shown(...endpoint, `Bearer ${token}`)).toContain('legible-plan');
    // The CLI retries a refused call until its own timeout.
    const refused = shown(...endpoint, `Bearer ${token}x`, '--command-timeout', '2s');
    await expect(refused).rejects.toMatchObject({ stdout: expect.not.stringContaining('legible') });
    await gateway.stop();
  });
});
