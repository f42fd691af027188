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

/** What may happen, the machine's own moves among it, and most often. */
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: step('a move', (world) => (world.begin(), world.finish())) },
  { weight: 4, arbitrary: step('a move whose answer is late', (world) => world.begin()) },
  { weight: 3, arbitrary: step('connect', (world) => world.connect({ elsewhere: false })) },
  {
    weight: 2,
    arbitrary: step('connect elsewhere', (world) => world.connect({ elsewhere: true })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(nth, fc.constantFrom(...(['enable', 'disable', 'expire', 'delete'] as const)))
      .map(([n, does]): Step => [`${does} ${n} by hand`, (world) => world.hand(n, does)]),
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
  { weight: 6, arbitrary: nth.map((n): Step => [`end ${n} goes on`, (world) => world.goOn(n)]) },
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
        (world) => world.order({ order: 'offboard', coolingOffMs, block } as { order: 'offboard' }),
      ]),
  },
  { weight: 1, arbitrary: step('cancel', (world) => world.order({ order: 'cancelOffboard' })) },
  { weight: 1, arbitrary: step('readmit', (world) => world.order({ order: 'readmit' })) },
  { weight: 1, arbitrary: step('too many', (world) => (world.endings = 21)) },
  { weight: 1, arbitrary: step('release', (world) => world.order({ order: 'release' })) },
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

/** Everything that is under way comes to its end: events arrive, the hook answers, a person releases. */
function quiet(world: AccessWorld, pays: boolean): void {
  world.hookIsUp = true;
  world.endings = 1;
  world.finish();
  while (world.hints.length > 0) world.deliver(0, false);
  for (let n = 0; n < 3; n++) {
    world.settle();
    world.order({ order: 'release' });
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
const lapses = ['grace', 'held', 'hook unanswered', 'lapsed', 'resuming', 'given back'];
const offboardings = ['cooling_off', 'offboarding', 'handed over', 'offboarded', 'blocked'];
const undos = ['undone', 'owed by an undo', 'left by an undo'];
const ends = ['ended revoked', 'ended unsupported', 'ended unproven', 'ended gone'];

function judge(world: AccessWorld): void {
  const phase = phaseOf(world.state);
  const rows = [...world.accounts.values()];
  // What is owed is given back, or kept until who is lapsed has paid; an end that is over owes nothing.
  expect(world.runs.size).toBe(0);
  expect(rows.filter(({ by }) => by === 'end' || (by === 'us' && phase !== 'lapsed'))).toEqual([]);
  if (phase === 'lapsed') {
    expect(world.isPaid, 'who has paid is not lapsed').toBe(false);
    const active = rows.filter(({ statusBefore, stray }) => statusBefore === 'ACTIVE' && !stray);
    expect(active, 'who has not paid has none, but by another hand').toEqual([]);
  } else if (phase === 'blocked') {
    const before = (createdAt: string) => Date.parse(createdAt) <= (world.offboardedAt ?? 0);
    const left = rows.filter(({ createdAt }) => before(createdAt));
    expect(world.offboardedAt, 'only an offboarding blocks').not.toBeNull();
    expect(left, 'who is blocked has but what was connected elsewhere').toEqual([]);
  } else {
    expect(phase, 'who has paid has access').toBe('open');
    // An offboarding ends a lapse with it.
    if (!world.isPaid) expect(world.offboardedAt).not.toBeNull();
  }
}

describe(`a user's access, in ${runs} generated interleavings`, () => {
  it('does only what it may, comes to rest, and leaves everybody as he should be', () => {
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
    // A net that catches nothing is none: each must have come up, and not by chance.
    const rare = [lapses, offboardings, undos, ends].flat().filter((it) => (seen[it] ?? 0) < 20);
    expect(rare).toEqual([]);
  }, 600_000);

  it('does not forget what is owed by an undo between the listing and the pause', () => {
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
