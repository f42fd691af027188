import { describe, expect, it } from 'vitest';
import {
  type Cell,
  combinations,
  kills,
  nameOf,
  pairsOf,
  someCells,
  wholeTable,
  whyNot,
} from '../faults/endings/cells.ts';
import { expectedOf } from '../faults/endings/expected.ts';
import { ruleOf } from '../faults/endings/rules.ts';

const most = 150;

const values = (cells: readonly Cell[], value: (cell: Cell) => unknown) =>
  new Set(cells.map(value)).size;
const pairs = (cells: readonly Cell[]) => new Set(cells.flatMap(pairsOf));
/** Of what is said, by status, loss and kill, there are more pairs than a choice can have. */
const withoutAnswers = (cells: readonly Cell[]) =>
  [...pairs(cells)].filter((pair) => !pair.includes(':'));
const answer = ({ call, answer: { name } }: Cell) => `${call}: ${name}`;

describe('the table of endings', () => {
  it('counts out what cannot be, and why', () => {
    const reasons: Record<string, number> = {};
    for (const cell of combinations) {
      const why = whyNot(cell) ?? 'a cell';
      reasons[why] = (reasons[why] ?? 0) + 1;
    }
    expect(combinations).toHaveLength(7 * answers * 2 * kills.length);
    expect(reasons).toEqual({
      'a cell': wholeTable.length,
      'an account of this status is never asked this': 3_024,
      'nobody is left to hear the answer or not': 270,
      'this answer is lost by itself': 155,
      'unheard, it is as another answer of the same effect': 420,
      'nothing done and nobody left: as killed before it': 31,
      'there is no next call': 7,
    });
  });

  const answers = 97;

  it('has every status, answer, loss and kill, each cell once', () => {
    expect(values(wholeTable, ({ status }) => status)).toBe(7);
    expect(values(wholeTable, answer)).toBe(answers);
    expect(values(wholeTable, ({ kill, lost }) => `${kill} ${lost}`)).toBe(7);
    expect(values(wholeTable, nameOf)).toBe(wholeTable.length);
    expect(values(wholeTable, ({ call }) => call)).toBe(9);
  });

  it('tells no two cells of one call and status in the same way', () => {
    const told = wholeTable.map((cell) => JSON.stringify([cell.status, ruleOf(cell, 'u')]));
    expect(new Set(told).size).toBe(wholeTable.length);
  });

  it('expects one proof of every cell whose worker lives, and whose revocation was heard', () => {
    const open = wholeTable.filter((cell) => expectedOf(cell, false).length !== 1);
    expect(
      open.every(({ call, lost, kill }) => call === 'revoke' && (lost || kill !== 'none')),
    ).toBe(true);
  });

  it.each([0, 1, 2, 1_234_567, 2 ** 31 - 1])(
    'has every answer, and every pair of status, loss and kill, in the choice of seed %i',
    (seed) => {
      const cells = someCells(seed, most);
      expect(cells).toHaveLength(most);
      expect(values(cells, nameOf)).toBe(most);
      expect(someCells(seed, most)).toEqual(cells);
      expect(values(cells, answer)).toBe(answers);
      expect(new Set(withoutAnswers(cells))).toEqual(new Set(withoutAnswers(wholeTable)));
      expect(pairs(cells).size).toBeGreaterThan(0.55 * pairs(wholeTable).size);
    },
  );
});
