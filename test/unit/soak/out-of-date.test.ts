import { expect, it } from 'vitest';
import { aboutRoughness } from '../../../soak/complaints.ts';
import type { Expected } from '../../../soak/expected.ts';
import { noOverlaps } from '../../../soak/overlaps.ts';
import { findOutOfDate } from '../../../soak/scripted.ts';
import type { Known } from '../../../soak/seed.ts';
import { scriptedStory } from '../../../soak/stories/scripted/scripted.ts';
import { Summary } from '../../../soak/summary.ts';

const leftovers: Expected = { finding: 'X1', check: 'leftovers', matches: () => true };
const outcomes: Expected = { finding: 'X2', check: 'outcomes', matches: () => true };
const chance: Expected = { ...outcomes, check: 'stuck', byChance: 'the dice have to fall so' };
const list = [leftovers, outcomes, chance];

const part = (id: string, { finding, check }: Pick<Expected, 'finding' | 'check'>) => ({
  id,
  story: scriptedStory(finding, check, `story ${id}`, async () => undefined),
});
const parts = [part('one', leftovers), part('other', leftovers), part('third', outcomes)];

function shown(entry: Expected, story: string): Known {
  return {
    entry,
    violation: { check: entry.check, story, userId: 'bob', what: 'a promise broke' },
  };
}

const all = [shown(leftovers, 'one'), shown(leftovers, 'other'), shown(outcomes, 'third')];

it('reports nothing if each story and each entry shows its bug', () => {
  expect(findOutOfDate(parts, all, list)).toEqual([]);
});

it('names a story whose bug only another story of the same finding shows', () => {
  expect(findOutOfDate(parts, all.slice(1), list)).toEqual([
    'the story "X1: story one" did not show X1',
  ]);
});

it('names an entry without a match, unless it depends on chance', () => {
  const alone = [shown(leftovers, 'one'), shown(leftovers, 'other'), shown(chance, 'third')];
  expect(findOutOfDate(parts, alone, list)).toEqual([
    'the story "X2: story third" did not show X2',
    'X2 (outcomes) is expected, and did not occur',
  ]);
});

it('names an entry without a story, and no story whose bug is fixed', () => {
  expect(findOutOfDate([], all, [leftovers])).toEqual(['X1 is expected, and has no story']);
  expect(findOutOfDate(parts, [], [])).toEqual([]);
});

it('complains about a seed with too few faults, or with stories that ended early', () => {
  const endedEarly = [{ story: 's1/1 approve', why: 'is refused' }];
  const world = { faults: 19, kills: { gateway: 1, 'worker 0': 0 }, endedEarly };
  expect(aboutRoughness(world, 'seed 1', 20)).toEqual([
    'seed 1: only 19 faults hit a call of the API',
    'seed 1: worker 0 was never killed',
  ]);
  expect(aboutRoughness({ ...world, kills: {} }, 'seed 1', 1)).toEqual([
    'seed 1: 1 of 1 stories ended early',
  ]);
});

it.each([
  [9, 20, 0],
  [10, 19, 0],
  [10, 20, Object.keys(noOverlaps()).length],
])('of %i seeds with %i users misses %i pairs of writers', (seeds, connections, missed) => {
  const summary = new Summary();
  summary.seeds = seeds;
  summary.judgePairs(connections);
  expect(summary.complaints).toHaveLength(missed);
});
