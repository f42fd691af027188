import { describe, expect, it } from 'vitest';
import {
  type AnyCell,
  type Cell,
  combinations,
  extra,
  isHeld,
  isOfOneCall,
  kills,
  nameOf,
  pairsOf,
  someCells,
  product,
  whyNot,
  wholeTable,
} from '../../faults/endings/cells.ts';
import { expectedOf } from '../../faults/endings/expected.ts';
import { shareOf, stretch } from '../../faults/pairwise.ts';
import { ruleOf } from '../../faults/endings/rules.ts';
import { workflowsOf, writingWorkflows } from '../writing-workflows.ts';

const most = 150;

const values = <One extends AnyCell>(cells: readonly One[], value: (cell: One) => unknown) =>
  new Set(cells.map(value)).size;
const pairs = (cells: readonly Cell[]) => new Set(cells.flatMap(pairsOf));
/** Without the answers: with them, there are more pairs than a selection can contain. */
const withoutAnswers = (cells: readonly Cell[]) =>
  [...pairs(cells)].filter((pair) => !pair.includes(':'));
const chosen = (seed: number) => someCells(seed, most).filter(isOfOneCall);
const answer = ({ call, answer: { name } }: Cell) => `${call}: ${name}`;

describe('the fault table of disconnects', () => {
  it('leaves out impossible cells, and counts them by reason', () => {
    const reasons: Record<string, number> = {};
    for (const cell of combinations) {
      const why = whyNot(cell) ?? 'a cell';
      reasons[why] = (reasons[why] ?? 0) + 1;
    }
    expect(combinations).toHaveLength(7 * answers * 2 * kills.length);
    expect(reasons).toEqual({
      'a cell': product.length,
      'an account of this status is never asked this': 3_024,
      'nobody is left to hear the answer or not': 270,
      'this answer is lost by itself': 155,
      'unheard, it is as another answer of the same effect': 420,
      'nothing done and nobody left: as killed before it': 31,
      'there is no next call': 7,
    });
  });

  const answers = 97;

  it('has every status, answer, loss and kill, and each cell once', () => {
    expect(values(product, ({ status }) => status)).toBe(7);
    expect(values(product, answer)).toBe(answers);
    expect(values(product, ({ kill, lost }) => `${kill} ${lost}`)).toBe(7);
    expect(values(product, nameOf)).toBe(product.length);
    expect(values(product, ({ call }) => call)).toBe(9);
  });

  it('scripts no two cells of one call and status in the same way', () => {
    const told = product.map((cell) => JSON.stringify([cell.status, ruleOf(cell, 'u')]));
    expect(new Set(told).size).toBe(product.length);
  });

  it('expects one proof of every cell whose worker lives and whose revocation was answered', () => {
    const open = product.filter((cell) => expectedOf(cell, false).length !== 1);
    expect(
      open.every(({ call, lost, kill }) => call === 'revoke' && (lost || kill !== 'none')),
    ).toBe(true);
  });

  it.each([0, 1, 2, 1_234_567, 2 ** 31 - 1])(
    'has every answer, and every pair of status, loss and kill, in the selection of seed %i',
    (seed) => {
      const cells = chosen(seed);
      expect(someCells(seed, most)).toHaveLength(most);
      expect(values(cells, nameOf)).toBe(cells.length);
      expect(chosen(seed)).toEqual(cells);
      expect(values(cells, answer)).toBe(answers);
      expect(new Set(withoutAnswers(cells))).toEqual(new Set(withoutAnswers(product)));
      expect(pairs(cells).size).toBeGreaterThan(0.55 * pairs(product).size);
    },
  );

  it('has extra cells: for each kind of run, for each repeated answer, and for commands', () => {
    expect(wholeTable).toHaveLength(product.length + extra.length);
    expect(values(wholeTable, nameOf)).toBe(wholeTable.length);
    const repeated = extra.filter(isOfOneCall);
    expect(values(repeated, ({ answer: { name } }: Cell) => name)).toBe(
      values(product, ({ answer: { name } }) => name),
    );
    expect(workflowsOf(extra.filter(isHeld))).toEqual(writingWorkflows());
  });

  it('has a share of the extra cells in each selection, other ones with the next seed, and all in a release', () => {
    const beside = (seed: number) => someCells(seed, most).filter((cell) => extra.includes(cell));
    expect(beside(1)).toEqual(stretch(extra, shareOf(extra, wholeTable, most), 1));
    expect(beside(2)).not.toEqual(beside(1));
    expect(new Set(someCells(1, wholeTable.length))).toEqual(new Set(wholeTable));
  });
});
