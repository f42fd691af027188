import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountStatus } from '../../../sandbox/account.ts';
import type { AccessAnswer } from '../../../src/index.ts';
import { mooringHere } from '../../support/cli-here.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

const soon = { timeout: 10_000, interval: 100 };
const by = ['--actor', 'ops@example.com', '--reason', 'asked by mail'];

const cli = (...args: string[]) => mooringHere(args, stage.env);

/** The arguments of a script, as nobody can answer its questions. */
const sure = ({ id }: TestUser) => ['--yes', '--confirm', id];

async function has(user: TestUser, status: AccountStatus = 'ACTIVE'): Promise<string> {
  const { id: userId, authConfigId } = user;
  return (await stage.sandbox.seedAccount({ userId, authConfigId, status, person: 'ada' })).id;
}

async function becomes(user: TestUser, ...statuses: AccountStatus[]): Promise<void> {
  const left = async () => (await user.left()).map(([, status]) => status);
  await expect.poll(left, soon).toEqual(statuses);
}

describe('mooring disconnect', () => {
  it('ends an account, prints what is proven, and exits 0', async () => {
    const user = stage.user();
    const id = await has(user);
    const { code, stdout } = await cli('disconnect', id, '--user', user.id, ...sure(user));
    expect(stdout).toMatch(
      new RegExp(
        `^account +${id}\nproof +revoked\nrevoked +refresh_token, access_token\nleft +nothing\nended `,
      ),
    );
    expect(code).toBe(0);
    expect(await user.left()).toEqual([]);
  });

  it('exits 1 when the grant may live on', async () => {
    const user = stage.user();
    const id = await has(user);
    const args = ['disconnect', id, '--user', user.id, '--no-revoke', '--json', ...sure(user)];
    const { code, stdout } = await cli(...args);
    expect(JSON.parse(stdout)).toMatchObject({ connectedAccountId: id, proof: 'unproven' });
    expect(code).toBe(1);
    expect(await user.left()).toEqual([]);
  });

  it('says with --dry-run what it would do, asks nobody, and touches nothing', async () => {
    const user = stage.user();
    const [id, sibling] = [await has(user), await has(user)];
    const args = ['disconnect', id, '--user', user.id, '--dry-run'];
    const { code, stdout } = await cli(...args);
    expect(stdout).toMatch(/status +ACTIVE\nsteps +revoke, delete\nproof +revoked\n/);
    expect(stdout).toMatch(new RegExp(`may also be revoked +${sibling}\n$`));
    expect(code).toBe(0);
    const { stdout: json } = await cli(...args, '--json');
    expect(JSON.parse(json)).toMatchObject({ steps: ['revoke', 'delete'], siblings: [sibling] });
    await becomes(user, 'ACTIVE', 'ACTIVE');
  });

  it('answers at once within an undo window, in which keep gives the account back', async () => {
    const user = stage.user();
    const id = await has(user);
    const args = ['disconnect', id, '--user', user.id, '--undo-window', '1h', ...sure(user)];
    const { code, stdout } = await cli(...args);
    expect(stdout).toContain(`account/${id}: \`mooring keep ${id} `);
    expect(code).toBe(0);
    await becomes(user, 'INACTIVE');
    const tried = await cli('keep', id, '--user', user.id, '--dry-run');
    expect(tried.stdout).toMatch(/status +ACTIVE\nuntil +20/);
    await becomes(user, 'INACTIVE');
    const kept = await cli('keep', id, '--user', user.id);
    expect(kept).toMatchObject({ code: 0, stdout: `account  ${id}\nstatus   ACTIVE\n` });
    await becomes(user, 'ACTIVE');
    const again = await cli('keep', id, '--user', user.id);
    expect(again.stderr).toMatch(/^error ERR_ACCOUNT_NOT_FOUND: /);
    expect(again.code).toBe(1);
  });
});

describe('mooring lapse, adjust and renew', () => {
  it('pause a user after a grace period, end it early, and restore what was disabled', async () => {
    const user = stage.user();
    await has(user);
    const lapse = ['lapse', user.id, '--grace', '1h', '--json', ...by, ...sure(user)];
    const { code, stdout } = await cli(...lapse);
    const lapsed = JSON.parse(stdout) as AccessAnswer;
    expect(lapsed).toMatchObject({ outcome: 'started', phase: 'grace' });
    expect(Date.parse(lapsed.until ?? '') - Date.now()).toBeGreaterThan(3_500_000);
    expect(code).toBe(0);
    const shown = await cli('access', user.id);
    expect(shown.stdout).toMatch(/^phase +grace\n.*by +ops@example\.com\nreason +asked by mail\n/s);

    const adjusted = await cli('adjust', user.id, '--until', '0s', ...by, ...sure(user));
    expect(adjusted).toMatchObject({ code: 0, stdout: expect.stringMatching(/outcome +adjusted/) });
    await becomes(user, 'INACTIVE');
    const access = async () => (await cli('access', user.id)).stdout;
    const whole = /^phase +lapsed\n.*adjusted +by ops@example\.com: .*\ndisabled +1\n/s;
    await expect.poll(access, soon).toMatch(whole);

    const renewed = await cli('renew', user.id, '--json');
    expect(JSON.parse(renewed.stdout)).toMatchObject({ outcome: 'resuming' });
    await becomes(user, 'ACTIVE');
    await expect.poll(access, soon).toBe('open\n');
  });
});

describe('mooring offboard, cancel-offboard and readmit', () => {
  it('disable a user at once, and restore them while they are cooling off', async () => {
    const user = stage.user();
    await has(user);
    const order = ['offboard', user.id, ...by, ...sure(user)];
    const { code, stdout } = await cli(...order, '--cooling-off', '1h');
    expect(stdout).toMatch(/^outcome +started\nphase +cooling_off\n/);
    expect(code).toBe(0);
    await becomes(user, 'INACTIVE');
    const canceled = await cli('cancel-offboard', user.id, ...by);
    expect(canceled.stdout).toMatch(/^outcome +canceled\n/);
    await becomes(user, 'ACTIVE');
  });

  it('wait for the receipt, show the progress, and exit 0 when every revocation is proven', async () => {
    const user = stage.user();
    await has(user);
    const order = ['offboard', user.id, ...by, '--cooling-off', '0s', '--block', '--wait'];
    const { code, stdout, stderr } = await cli(...order, ...sure(user));
    expect(stdout).toMatch(/accounts +1\nproofs +1 revoked\nblocked +until `mooring readmit`\n$/);
    expect(stderr).toMatch(/^(offboarding|cooling_off) · \d disabled · \d of \d disconnected$/m);
    expect(code).toBe(0);
    expect(await user.left()).toEqual([]);
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_USER_BLOCKED' });
    expect((await cli('readmit', user.id)).stdout).toMatch(/^outcome +readmitted\nphase +open\n/);
    expect((await user.connect()).redirectUrl).toContain('http');
  });

  it('exit 1 when a proof is missing', async () => {
    const user = stage.user();
    await has(user, 'EXPIRED');
    const order = ['offboard', user.id, ...by, '--cooling-off', '0s', '--wait', '--json'];
    const { code, stdout } = await cli(...order, ...sure(user));
    const receipt: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(receipt).toMatchObject({ userId: user.id, proofs: { unproven: 1 } });
    expect(code).toBe(1);
  });
});

describe('a dry run', () => {
  it.each([
    ['lapse', [], 'started', true],
    ['renew', [], 'never_lapsed', false],
    ['offboard', by, 'started', true],
    ['cancel-offboard', [], 'not_offboarding', false],
    ['readmit', [], 'not_blocked', false],
    ['release', by, 'not_held', false],
    ['adjust', [...by, '--until', '0s'], 'nothing_to_adjust', false],
  ])('of %s changes nothing', async (command, options, outcome, touches) => {
    const user = stage.user();
    const id = await has(user);
    const { code, stdout, stderr } = await cli(command, user.id, '--dry-run', ...options);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^outcome +${outcome}\n`));
    expect(stderr).toContain('Nothing was done.');
    expect(new RegExp(`^${id} +gmail +ACTIVE$`, 'm').test(stderr)).toBe(touches);
    await expect.poll(async () => (await cli('access', user.id)).stdout, soon).toBe('open\n');
    await becomes(user, 'ACTIVE');
  });

  it('changes nothing, whatever the command', async () => {
    const user = stage.user();
    await has(user);
    await cli('lapse', user.id, '--grace', '1h', ...sure(user));
    const phase = async () => (await cli('access', user.id)).stdout.split('\n')[0];
    const tried = async (command: string, ...options: string[]) =>
      (await cli(command, user.id, '--dry-run', ...options)).stdout.split('\n')[0];
    expect(await tried('renew')).toMatch(/ never_paused$/);
    expect(await tried('adjust', ...by, '--until', '0s')).toMatch(/ adjusted$/);
    expect(await phase()).toMatch(/ grace$/);
    await cli('offboard', user.id, ...by, ...sure(user));
    expect(await tried('cancel-offboard')).toMatch(/ canceled$/);
    expect(await phase()).toMatch(/ cooling_off$/);
  });
});
