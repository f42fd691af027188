import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phaseOf } from '../../../src/domain/access-state.ts';
import { AccessWorld, dayMs, hourMs } from '../../support/access-world.ts';

const runs = 10_000;

type Step = [says: string, does: (world: AccessWorld) => void];

const step = (says: string, does: (world: AccessWorld) => void) => fc.constant<Step>([says, does]);
const nth = fc.nat({ max: 7 });

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
      .tuple(nth, fc.constantFrom('enable' as const, 'disable' as const, 'delete' as const))
      .map(([n, does]): Step => [`${does} ${n} by hand`, (world) => world.hand(n, does)]),
  },
  { weight: 2, arbitrary: step('lapse', (world) => world.subscription('lapse')) },
  { weight: 1, arbitrary: step('lapse now', (world) => world.subscription('lapse', 1_000)) },
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
function quiet(world: AccessWorld): void {
  world.hookIsUp = true;
  world.endings = 1;
  world.finish();
  while (world.hints.length > 0) world.deliver(0, false);
  for (let n = 0; n < 3; n++) {
    world.settle();
    world.order({ order: 'release' });
  }
  world.settle();
}

const stories = fc.array(steps, { maxLength: 60, size: 'max' });
const shown = { numRuns: runs, verbose: fc.VerbosityLevel.None };

describe(`a user's access, in ${runs} generated interleavings`, () => {
  it('does only what it may, comes to rest, and leaves everybody as he should be', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const world = told(story);
        quiet(world);
        const phase = phaseOf(world.state);
        const rows = [...world.accounts.values()];
        if (phase === 'blocked') return;
        if (world.isPaid) {
          expect(phase, 'who has paid has access').toBe('open');
          expect(rows.filter(({ by }) => by === 'us')).toEqual([]);
        } else if (phase === 'lapsed') {
          const active = rows.filter(
            ({ statusBefore, stray }) => statusBefore === 'ACTIVE' && !stray,
          );
          expect(active, 'who has not has none, but by another hand').toEqual([]);
        } else {
          // An offboarding has ended what was there, and the lapse with it.
          expect(world.everOffboarded).toBe(true);
          expect(phase).toBe('open');
        }
      }),
      shown,
    );
  }, 120_000);
});
