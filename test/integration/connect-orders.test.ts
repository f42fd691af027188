import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Outcome } from '../../src/client.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

/** What can happen to an attempt, in any order and more than once. */
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
/** What the API does to the calls of this user before the story begins. */
const fault = fc.constantFrom(
  null,
  null,
  { route: 'POST /connected_accounts/link', kind: 'applyThenDrop' } as const,
  { route: 'POST /connected_accounts/link', kind: 'dropBefore' } as const,
  { route: 'GET /connected_accounts', kind: 'dropBefore' } as const,
  { route: 'GET /connected_accounts/:id', kind: 'html502' } as const,
  { route: 'DELETE /connected_accounts/:id', kind: 'applyThenDrop' } as const,
  { route: 'DELETE /connected_accounts/:id', kind: 'dropBefore' } as const,
);
const story = fc.record({ fault, steps: fc.array(step, { maxLength: 6 }) });
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

const stories = 300;
const sideBySide = 30;
const seed = Number(process.env.MOORING_TEST_SEED ?? Date.now() % 2 ** 31);
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
  // Three hundred users in a minute are more than a small plan's budget, and that is another test's matter.
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => stage.close());

it(`keeps its promises in ${stories} generated orders of events (seed ${seed})`, async () => {
  const queue = fc.sample(story, { numRuns: stories, seed });
  const outcomes: Record<string, number> = {};
  const broken: string[] = [];
  await Promise.all(
    Array.from({ length: sideBySide }, async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const user = stage.user();
        try {
          const outcome = await tell(user, next);
          outcomes[outcome.status] = (outcomes[outcome.status] ?? 0) + 1;
          await judge(user, next, outcome);
        } catch (error) {
          broken.push(`${JSON.stringify(next)}: ${inspect(error, { depth: 4 })}`);
        }
      }
    }),
  );
  expect(broken).toEqual([]);
  // A net that catches nothing is none: every kind of end must have come up.
  expect(Object.keys(outcomes).sort()).toEqual(['ACTIVE', 'CANCELED', 'EXPIRED', 'FAILED']);
}, 300_000);

async function tell(user: TestUser, { fault, steps }: Story): Promise<Outcome> {
  const connection = stage.mooring.connection(user.connectionId);
  if (fault !== null) {
    const { route, kind } = fault;
    await stage.sandbox.fault({ route, userId: user.id, fault: { kind } });
  }
  const input = { waitMs: 4_000, timings };
  const { redirectUrl } = await user.connect(input);
  for (const next of steps) await take(next);
  return connection.outcome({ timeoutMs: 60_000 });

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
        // Joins while the attempt is open, and begins the next one when it is ending.
        return attempt(() => user.connect(input));
      case 'cancel':
        return attempt(() => connection.cancel());
      case 'workflow cancel':
        return attempt(() => stage.temporal.workflow.getHandle(user.workflowId).cancel());
      default:
        return sleep(700);
    }
  }
}

/** A person's step may fail by itself: a link that is gone shows a page, a closed run takes no signal. */
async function attempt(act: () => Promise<unknown>): Promise<void> {
  await act().catch(() => undefined);
}

/** By the sandbox's own store and write log, not by what the product says of itself. */
async function judge(user: TestUser, { steps }: Story, outcome: Outcome): Promise<void> {
  // A second click after the end begins another attempt, which finds the first one's account.
  const refused = outcome.statusReason === 'ERR_ALREADY_CONNECTED';
  const active = outcome.status === 'ACTIVE' || refused;
  const kept = refused ? expect.any(String) : outcome.connectedAccountId;
  const left = active ? [[kept, 'ACTIVE']] : [];
  // What resisted is removed by a run of its own, after the outcome was told.
  await expect
    .poll(() => user.left(), { message: 'left at the API', timeout: 20_000 })
    .toEqual(left);
  if (active) expect(steps, 'somebody has consented').toContain('approve');
  const rows = await stage.sandbox.accounts({ userId: user.id });
  if (outcome.status === 'CANCELED') {
    expect(
      steps.some((next) => next.endsWith('cancel')),
      'somebody has canceled',
    ).toBe(true);
  }
  const writes = await stage.sandbox.writes({ userId: user.id });
  const strangers = writes.filter((write) => write.by === 'api' && write.userId !== user.id);
  expect(strangers).toEqual([]);
  for (const row of rows.filter((row) => row.deleted)) {
    expect(row.alias, 'only rows of our own making are deleted').toMatch(/^mooring-/);
  }
}
