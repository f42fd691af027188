import { expect, it } from 'vitest';
import { aboutRoughness } from '../../../soak/complaints.ts';
import { expected } from '../../../soak/expected.ts';
import { noOverlaps } from '../../../soak/overlaps.ts';
import { findOutOfDate, scriptedParts } from '../../../soak/scripted.ts';
import type { Known } from '../../../soak/seed.ts';
import { Summary } from '../../../soak/summary.ts';

/** A violation of every entry of the list, in every scripted story of its finding. */
function allShown(): Known[] {
  return scriptedParts().flatMap(({ id, userId, story }) =>
    expected
      .filter(({ finding }) => finding === story.finding)
      .map((entry) => ({
        entry,
        violation: { check: entry.check, story: id, userId, what: 'a promise broke' },
      })),
  );
}

it('has nothing to say when each story and each entry shows its bug', () => {
  expect(findOutOfDate(scriptedParts(), allShown())).toEqual([]);
});

it('names a story whose bug only another story of the finding shows', () => {
  const [part] = scriptedParts();
  const others = allShown().filter(({ violation }) => violation.story !== part?.id);
  expect(findOutOfDate(scriptedParts(), others)).toEqual([
    `the story "${part?.story.name}" did not show ${part?.story.finding}`,
  ]);
});

it('names an entry that nothing matched, unless it is met by chance only', () => {
  const [always] = expected.filter(({ finding }) => finding === 'B1');
  const byChance = expected.filter((entry) => entry.byChance !== undefined);
  const rest = allShown().filter(({ entry }) => entry !== always && !byChance.includes(entry));
  expect(findOutOfDate(scriptedParts(), rest)).toEqual([
    'B1 (outcomes) is expected, and was not met',
  ]);
});

it('complains about a seed that was too easy or whose stories ended early', () => {
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
