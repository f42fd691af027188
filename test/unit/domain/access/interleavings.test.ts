import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phaseOf } from '../../../../src/domain/access/state.ts';
import { AccessWorld } from '../../../support/access-world.ts';
import { dayMs, hourMs } from '../../../support/ending-world.ts';
import { tier } from '../../../tiers.ts';

const runs = tier.accessModels;

type Step = [says: string, does: (world: AccessWorld) => void];

const step = (says: string, does: (world: AccessWorld) => void) => fc.constant<Step>([says, does]);
const nth = fc.nat({ max: 7 });

/** In random steps, the hook is hardly ever down when Mooring asks it about a lapse. */
function lapseWithoutHook(world: AccessWorld): void {
  world.hookIsUp = false;
  world.billing('lapsed');
  world.deliver(world.hints.length - 1, false);
}

/** Everything that can happen. The steps of Mooring itself are the most frequent. */
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: step('a step', (world) => (world.begin(), world.finish())) },
  { weight: 4, arbitrary: step('a step whose answer is late', (world) => world.begin()) },
  { weight: 3, arbitrary: step('connect', (world) => world.connect({ elsewhere: false })) },
  {
    weight: 2,
    arbitrary: step('connect elsewhere', (world) => world.connect({ elsewhere: true })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(nth, fc.constantFrom(...(['enable', 'disable', 'expire', 'delete'] as const)))
      .map(([n, does]): Step => [`${does} ${n} outside Mooring`, (world) => world.hand(n, does)]),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(nth, fc.constantFrom(0, hourMs))
      .map(([n, undoMs]): Step => [
        `disconnect ${n}, undo within ${undoMs}`,
        (world) => world.disconnect(n, undoMs),
      ]),
  },
  { weight: 3, arbitrary: nth.map((n): Step => [`keep ${n}`, (world) => world.keep(n)]) },
  {
    weight: 6,
    arbitrary: nth.map((n): Step => [`disconnect ${n} continues`, (world) => world.goOn(n)]),
  },
  { weight: 2, arbitrary: step('lapse', (world) => world.subscription('lapse')) },
  { weight: 4, arbitrary: step('lapse now', (world) => world.subscription('lapse', 1_000)) },
  { weight: 2, arbitrary: step('renew', (world) => world.subscription('renew')) },
  { weight: 2, arbitrary: step('billing lapsed', (world) => world.billing('lapsed')) },
  { weight: 2, arbitrary: step('billing renewed', (world) => world.billing('renewed')) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(nth, fc.boolean())
      .map(([n, again]): Step => [
        `event ${n}, again: ${again}`,
        (world) => world.deliver(n, again),
      ]),
  },
  { weight: 1, arbitrary: step('hook down', (world) => (world.hookIsUp = false)) },
  { weight: 3, arbitrary: step('billing lapsed, hook down', lapseWithoutHook) },
  { weight: 1, arbitrary: step('hook up', (world) => (world.hookIsUp = true)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(0, hourMs), fc.boolean())
      .map(([coolingOffMs, block]): Step => [
        `offboard in ${coolingOffMs}, block: ${block}`,
        (world) =>
          world.order({ request: 'offboard', coolingOffMs, block } as { request: 'offboard' }),
      ]),
  },
  { weight: 1, arbitrary: step('cancel', (world) => world.order({ request: 'cancelOffboard' })) },
  { weight: 1, arbitrary: step('readmit', (world) => world.order({ request: 'readmit' })) },
  { weight: 1, arbitrary: step('too many', (world) => (world.endings = 21)) },
  { weight: 1, arbitrary: step('release', (world) => world.order({ request: 'release' })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1_000, 5 * 60_000, hourMs, dayMs)
      .map((ms): Step => [`${ms} ms pass`, (world) => world.pass(ms)]),
  },
);

function told(story: readonly Step[]): AccessWorld {
  const world = new AccessWorld();
  for (const [, does] of story) does(world);
  return world;
}

/** Finishes everything that is under way: events arrive, the hook answers, a person releases. */
function quiet(world: AccessWorld, pays: boolean): void {
  world.hookIsUp = true;
  world.endings = 1;
  world.finish();
  while (world.hints.length > 0) world.deliver(0, false);
  for (let n = 0; n < 3; n++) {
    world.settle();
    world.order({ request: 'release' });
  }
  if (pays) world.subscription('renew');
  world.settle();
}

function statuses({ accounts }: AccessWorld) {
  return [...accounts.values()].map(({ statusBefore }) => statusBefore);
}

const stories = fc.array(steps, { maxLength: 60, size: 'max' });
const shown = { numRuns: runs, verbose: fc.VerbosityLevel.None };
const seen: Record<string, number> = {};
const lapses = ['grace', 'held', 'hook unanswered', 'lapsed', 'resuming', 'restored'];
const offboardings = ['cooling_off', 'offboarding', 'handed over', 'offboarded', 'blocked'];
const undos = ['undone', 'left for a restore by an undo', 'left disabled by an undo'];
const ends = ['ended revoked', 'ended unsupported', 'ended unproven', 'ended gone'];

function judge(world: AccessWorld): void {
  const phase = phaseOf(world.state);
  const rows = [...world.accounts.values()];
  // Mooring restores what it has paused, or keeps it paused while the user is lapsed. A finished
  // disconnect leaves nothing to restore.
  expect(world.runs.size).toBe(0);
  expect(rows.filter(({ by }) => by === 'end' || (by === 'us' && phase !== 'lapsed'))).toEqual([]);
  if (phase === 'lapsed') {
    expect(world.isPaid, 'a user who has paid is not lapsed').toBe(false);
    const active = rows.filter(({ statusBefore, stray }) => statusBefore === 'ACTIVE' && !stray);
    expect(active, 'who has not paid has only accounts enabled elsewhere').toEqual([]);
  } else if (phase === 'blocked') {
    const before = (createdAt: string) => Date.parse(createdAt) <= (world.offboardedAt ?? 0);
    const left = rows.filter(({ createdAt }) => before(createdAt));
    expect(world.offboardedAt, 'only an offboarding blocks a user').not.toBeNull();
    expect(left, 'a blocked user has only accounts connected elsewhere').toEqual([]);
  } else {
    expect(phase, 'a user who has paid has access').toBe('open');
    // An offboarding also ends a lapse.
    if (!world.isPaid) expect(world.offboardedAt).not.toBeNull();
  }
}

describe(`a user's access, in ${runs} generated interleavings`, () => {
  it('does only what is allowed, comes to rest, and leaves each user in the right state', () => {
    fc.assert(
      fc.property(stories, fc.boolean(), (story, pays) => {
        const world = told(story);
        quiet(world, pays);
        judge(world);
        for (const [what, count] of Object.entries(world.seen)) {
          seen[what] = (seen[what] ?? 0) + count;
        }
      }),
      shown,
    );
    // The stories must reach every situation, and often enough: a rare one would prove little.
    const rare = [lapses, offboardings, undos, ends].flat().filter((it) => (seen[it] ?? 0) < 20);
    expect(rare).toEqual([]);
  }, 600_000);

  it('restores what an undo left disabled between the listing and the pause', () => {
    const world = new AccessWorld();
    world.connect({ elsewhere: false });
    world.subscription('lapse', 1_000);
    world.pass(1_000);
    while (world.begin() !== 'list') world.finish();
    world.finish();
    world.disconnect(0, hourMs);
    world.keep(0);
    world.goOn(0);
    world.settle();
    expect(statuses(world)).toEqual(['INACTIVE']);
    world.subscription('renew');
    world.settle();
    expect(statuses(world)).toEqual(['ACTIVE']);
  });
});
