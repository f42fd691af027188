import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownCalls } from '../../../src/client/own-calls.ts';
import { mooring as cli } from '../../support/cli.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const soon = { timeout: 10_000, interval: 100 };
const by = { actor: 'ops@example.com', reason: 'looked at it' };
const timings = { graceMs: 1_000, lookFirstMs: 1_000, endAgainMs: 1_000, linkLifeMs: 1_000 };

let stage: TestStage;

beforeAll(async () => {
  // The limit is zero, so every user who loses access is held.
  stage = await openStage({ environment: { MOORING_ACCESS_LOSSES_PER_HOUR: '0' } });
});
afterAll(async () => stage.close());

async function active({ id: userId, authConfigId }: TestUser): Promise<string> {
  return (await stage.sandbox.seedAccount({ userId, authConfigId, status: 'ACTIVE' })).id;
}

function phaseOf({ id }: TestUser) {
  return async () => (await stage.mooring.access(id).view())?.phase ?? 'open';
}

describe('when too many users lose access within an hour', () => {
  it('holds a lapse, keeps access open, and continues when a person releases it', async () => {
    const user = stage.user();
    const mine = await active(user);
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ timings });
    await expect.poll(phaseOf(user), soon).toBe('held');
    const view = await mooring.access(user.id).view();
    expect(view?.held).toMatchObject({ because: 'access_losses_per_hour', limit: 0 });
    expect(await user.left()).toEqual([[mine, 'ACTIVE']]);
    const tried = await mooring[ownCalls].requestAccess({
      request: 'release',
      userId: user.id,
      dryRun: true,
      ...by,
    });
    expect(tried).toMatchObject({ outcome: 'released', plan: { accounts: [] } });
    expect(await mooring.access(user.id).view()).toEqual(view);
    const released = await mooring.access(user.id).release({ ...by });
    expect(released.outcome).toBe('released');
    await expect.poll(() => user.left(), soon).toEqual([[mine, 'INACTIVE']]);
    expect(await mooring.access(user.id).view()).toMatchObject({ held: null, adjusted: by });
    await mooring.access(user.id).renew();
    await expect.poll(() => user.left(), soon).toEqual([[mine, 'ACTIVE']]);
  });

  it('disables nothing when a held lapse is paid', async () => {
    const user = stage.user();
    const mine = await active(user);
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ timings });
    await expect.poll(phaseOf(user), soon).toBe('held');
    expect((await mooring.access(user.id).renew()).outcome).toBe('never_paused');
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect(await user.left()).toEqual([[mine, 'ACTIVE']]);
  });

  it('holds an offboarding before it disables anything, and continues when it is released', async () => {
    const user = stage.user();
    const mine = await active(user);
    const { mooring } = stage;
    await mooring.access(user.id).offboard({ coolingOffMs: 0, timings, ...by });
    await expect.poll(phaseOf(user), soon).toBe('held');
    expect(await user.left()).toEqual([[mine, 'ACTIVE']]);
    const again = await mooring.access(user.id).offboard({ block: true, ...by });
    expect(again).toMatchObject({ outcome: 'joined', phase: 'held' });
    expect((await mooring.access(user.id).readmit()).outcome).toBe('too_late');
    await mooring.access(user.id).release({ ...by });
    const receipt = await mooring.access(user.id).result();
    expect(receipt).toMatchObject({ proofs: { revoked: 1 }, blocked: true });
    expect(await user.left()).toEqual([]);
  });
});

describe('the CLI', () => {
  it('offboards only with --confirm and the user’s id, and outside a terminal also with --yes', async () => {
    const user = stage.user();
    const mine = await active(user);
    const order = [
      'offboard',
      user.id,
      '--actor',
      'ops',
      '--reason',
      'asked',
      '--cooling-off',
      '0s',
    ];
    const unasked = await cli(order, stage.env).end();
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.stderr).toContain('--confirm: is needed, and --yes');
    const other = await cli([...order, '--yes', '--confirm', 'bob'], stage.env).end();
    expect(other.code).toBe(2);
    expect(await user.left()).toEqual([[mine, 'ACTIVE']]);

    const tried = await cli([...order, '--dry-run', '--json'], stage.env).end();
    expect(JSON.parse(tried.stdout)).toMatchObject({ plan: { statuses: { ACTIVE: 1 } } });
    expect(await user.left()).toEqual([[mine, 'ACTIVE']]);
  });

  it('shows a held offboarding, releases it, waits for the receipt, and readmits', async () => {
    const user = stage.user();
    await active(user);
    const who = ['--actor', 'ops', '--reason', 'asked'];
    const order = ['offboard', user.id, ...who, '--cooling-off', '0s', '--block'];
    const going = cli([...order, '--yes', '--confirm', user.id, '--wait', '--json'], stage.env);
    await expect.poll(phaseOf(user), soon).toBe('held');
    const shown = await cli(['access', user.id], stage.env).end();
    expect(shown.stdout).toMatch(/phase +held/);
    const release = ['release', user.id, ...who];
    const unasked = await cli(release, stage.env).end();
    expect(unasked.stderr).toContain('--confirm: is needed, and --yes');
    const released = await cli([...release, '--yes', '--confirm', user.id], stage.env).end();
    expect(released.stdout).toContain('released');
    const ended = await going.end();
    expect(ended.code).toBe(0);
    const [, receipt = ''] = ended.stdout.trim().split('\n');
    expect(JSON.parse(receipt)).toMatchObject({ proofs: { revoked: 1 }, blocked: true });
    // The CLI polls, so it may miss short phases. It shows `held`, which lasted until the release.
    expect(ended.stderr).toContain('held');
    const readmitted = await cli(['readmit', user.id], stage.env).end();
    expect(readmitted.stdout).toContain('readmitted');
    await expect.poll(phaseOf(user), soon).toBe('open');
  });

  it('needs --confirm to move a deadline forward, and not to postpone it', async () => {
    const user = stage.user();
    const mine = await active(user);
    await stage.mooring.access(user.id).lapse({ timings, graceMs: 3_600_000 });
    const order = ['adjust', user.id, '--actor', 'ops', '--reason', 'asked', '--until'];
    const later = await cli([...order, '2d'], stage.env).end();
    expect(later).toMatchObject({ code: 0, stdout: expect.stringContaining('adjusted') as string });
    const unasked = await cli([...order, '0s'], stage.env).end();
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.stderr).toContain('--confirm: is needed, and --yes');
    const tried = await cli([...order, '0s', '--dry-run'], stage.env).end();
    expect(tried).toMatchObject({ code: 0, stdout: expect.stringContaining('adjusted') as string });
    expect(await phaseOf(user)()).toBe('grace');
    const sooner = await cli([...order, '0s', '--yes', '--confirm', user.id], stage.env).end();
    expect(sooner.code).toBe(0);
    await expect.poll(phaseOf(user), soon).toBe('held');
    expect(await user.left()).toEqual([[mine, 'ACTIVE']]);
    await stage.mooring.access(user.id).renew();
  });
});
