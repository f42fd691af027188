import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConnectOutcome } from '../../../src/index.ts';
import { testSeed } from '../../support/seed.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';
import { tier } from '../../tiers.ts';

/** Everything that can happen to an attempt, in any order and more than once. */
const step = fc.constantFrom(
  'open',
  'approve',
  'deny',
  'callback',
  'failed callback',
  'foreign callback',
  'second click',
  'cancel',
  'workflow cancel',
  'pause',
);
/** What the API does to the calls of this user before the story starts. */
const faults = [
  { route: 'POST /connected_accounts/link', kind: 'applyThenDrop' },
  { route: 'POST /connected_accounts/link', kind: 'dropBefore' },
  { route: 'GET /connected_accounts', kind: 'dropBefore' },
  { route: 'GET /connected_accounts/:id', kind: 'html502' },
  { route: 'DELETE /connected_accounts/:id', kind: 'applyThenDrop' },
  { route: 'DELETE /connected_accounts/:id', kind: 'dropBefore' },
] as const;
/**
 * Sometimes the fault hits only the second call of its kind, which may belong to a second attempt.
 */
const fault = fc.record({ call: fc.constantFrom(...faults), nth: fc.constantFrom(1, 2) });
const story = fc.record({
  fault: fc.option(fault, { freq: 3 }),
  waitMs: fc.constantFrom(2_000, 4_000),
  steps: fc.array(step, { maxLength: 6 }),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** These meet each fault and each kind of outcome, whatever is generated. */
const known: Story[] = [
  ...faults.map((call) => plain(['open', 'callback', 'pause', 'cancel'], { call, nth: 1 })),
  plain(['open', 'approve', 'callback']),
  plain(['open', 'deny', 'callback']),
  plain(['cancel']),
  plain([]),
];

function plain(steps: Story['steps'], of: Story['fault'] = null): Story {
  return { fault: of, waitMs: 4_000, steps };
}

const marker = /^mooring-[0-9a-f]{12}-\d+$/;
const stories = tier.connectOrders;
const sideBySide = 30;
const seed = testSeed;
const timings = {
  lookFirstMs: 1_000,
  lookMaxMs: 1_000,
  looks: 3,
  slackMs: 1_000,
  spacingMs: 1_000,
  goneSpacingMs: 1_000,
};

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
  // Three hundred users a minute exceed a small plan's budget, which budget.test.ts covers.
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => stage.close());

it(
  `keeps its promises in ${stories} generated orders of events (seed ${seed})`,
  async () => {
    const queue = [...fc.sample(story, { numRuns: stories, seed }), ...known];
    const outcomes: Record<string, number> = {};
    const broken: string[] = [];
    await Promise.all(
      Array.from({ length: sideBySide }, async () => {
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
          const user = stage.user();
          try {
            const others = await seedOthers(user);
            const outcome = await tell(user, next);
            outcomes[outcome.status] = (outcomes[outcome.status] ?? 0) + 1;
            await judge(user, next, outcome, others);
          } catch (error) {
            broken.push(`${JSON.stringify(next)}: ${inspect(error, { depth: 4 })}`);
          }
        }
      }),
    );
    expect(broken).toEqual([]);
    // The test proves something only if every kind of outcome came up.
    expect(Object.keys(outcomes).sort()).toEqual(['ACTIVE', 'CANCELED', 'EXPIRED', 'FAILED']);
    const hit = new Set(
      (await stage.sandbox.callLog()).map(({ route, fault }) => `${route} ${fault}`),
    );
    for (const { route, kind } of faults) expect(hit).toContain(`${route} ${kind}`);
  },
  300_000 + stories * 1_000,
);

/** Accounts that no attempt may touch: an old one of this auth config, and one of another. */
async function seedOthers({ id: userId, authConfigId }: TestUser): Promise<[string, string][]> {
  const old = { userId, authConfigId, status: 'EXPIRED', alias: 'old' } as const;
  const other = { userId, authConfigId: 'ac_github', status: 'ACTIVE' } as const;
  const { id: oldId } = await stage.sandbox.seedAccount(old);
  const { id: otherId } = await stage.sandbox.seedAccount(other);
  return [
    [oldId, old.status],
    [otherId, other.status],
  ];
}

async function tell(user: TestUser, { fault, waitMs, steps }: Story): Promise<ConnectOutcome> {
  const connection = stage.mooring.connections.get(user.connectionId);
  if (fault !== null) {
    const { call, nth } = fault;
    const { route, kind } = call;
    await stage.sandbox.fault({ route, nth, userId: user.id, fault: { kind } });
  }
  const input = { waitMs, timings };
  let { redirectUrl } = await user.connect(input);
  for (const next of steps) await take(next);
  return connection.result({ timeoutMs: 60_000 });

  async function take(next: string): Promise<void> {
    switch (next) {
      case 'open':
        return attempt(() => user.person.open(redirectUrl));
      case 'approve':
        return attempt(async () => user.comeBack(await user.person.approve(redirectUrl)));
      case 'deny':
        return attempt(async () => user.comeBack(await user.person.deny(redirectUrl)));
      case 'callback':
        return attempt(() => connection.deliverCallback({ status: 'success' }));
      case 'failed callback':
        return attempt(() => connection.deliverCallback({ status: 'failed' }));
      case 'foreign callback': {
        const { connectedAccountId } = stage.canary;
        return attempt(() => connection.deliverCallback({ status: 'failed', connectedAccountId }));
      }
      case 'second click':
        // Joins while the attempt is open, and starts the next one while it is closing.
        return attempt(async () => {
          ({ redirectUrl } = await user.connect(input));
        });
      case 'cancel':
        return attempt(() => connection.cancel());
      case 'workflow cancel':
        return attempt(() => stage.temporal.workflow.getHandle(user.workflowId).cancel());
      default:
        return sleep(700);
    }
  }
}

/** A step may fail: a deleted link shows a page, and a closed run takes no signal. */
async function attempt(act: () => Promise<unknown>): Promise<void> {
  await act().catch(() => undefined);
}

/** Judges by the sandbox's own store and write log, not by what the product reports. */
async function judge(
  user: TestUser,
  { steps }: Story,
  outcome: ConnectOutcome,
  others: [string, string][],
): Promise<void> {
  // A second click after the end starts another attempt, which finds the account of the first one.
  const refused = outcome.statusReason === 'ERR_ALREADY_CONNECTED';
  const active = outcome.status === 'ACTIVE' || refused;
  const kept = refused ? expect.any(String) : outcome.connectedAccountId;
  const left = active ? [...others, [kept, 'ACTIVE']] : others;
  // An account that could not be deleted gets a run of its own, after the outcome is sent.
  await expect
    .poll(() => user.left(), { message: 'left at the API', timeout: 20_000 })
    .toEqual(left);
  if (active) expect(steps, 'a user has consented').toContain('approve');
  if (outcome.status === 'CANCELED') {
    expect(
      steps.some((next) => next.endsWith('cancel')),
      'an attempt was canceled',
    ).toBe(true);
  }

  const writes = await stage.sandbox.writes({ userId: user.id });
  const byApi = writes.filter((write) => write.by === 'api');
  const seeded = others.map(([id]) => id);
  const touched = byApi.filter((write) => seeded.includes(write.accountId));
  expect(touched, 'accounts that existed before are never written to').toEqual([]);

  const made = byApi.filter((write) => write.op === 'link' && marker.test(write.alias ?? ''));
  const ours = made.map((write) => write.accountId);
  const deleted = byApi.filter((write) => write.op === 'delete').map((write) => write.accountId);
  const foreign = deleted.filter((id) => !ours.includes(id));
  expect(foreign, 'only our own accounts are deleted').toEqual([]);

  const wentActive = writes.filter(
    (write) => write.statusAfter === 'ACTIVE' && write.op !== 'delete',
  );
  const [keptId] = (await user.left())[others.length] ?? [];
  const since = wentActive.find((write) => write.accountId === keptId)?.seq ?? Infinity;
  const late = byApi.filter((write) => write.accountId === keptId && write.seq > since);
  expect(late, 'a kept account is not written to once it is ACTIVE').toEqual([]);

  for (const id of deleted.filter((id) => wentActive.some((write) => write.accountId === id))) {
    // The sandbox hides the account first and revokes its grant a moment later.
    await expect
      .poll(async () => Object.values(await stage.sandbox.introspect(id)), {
        message: 'grant',
        timeout: 10_000,
      })
      .not.toContain(true);
  }
}
