import { Random } from '../../soak/random.ts';

/**
 * Chooses `most` cells by a seed: always the cell with the most pairs that no other has, at random
 * among equals. The choice has nearly as many pairs as so few cells can have, and every seed has
 * other cells.
 */
export function pairwise<Cell>(
  cells: readonly Cell[],
  pairsOf: (cell: Cell) => readonly string[],
  most: number,
  seed: number,
): Cell[] {
  const left = shuffled(cells, seed).map((cell) => ({ cell, pairs: pairsOf(cell) }));
  const seen = new Set<string>();
  const chosen: Cell[] = [];
  while (chosen.length < most && left.length > 0) {
    const fresh = left.map(({ pairs }) => pairs.filter((pair) => !seen.has(pair)).length);
    const [best] = left.splice(fresh.indexOf(Math.max(...fresh)), 1);
    if (best === undefined) break;
    chosen.push(best.cell);
    for (const pair of best.pairs) seen.add(pair);
  }
  return chosen;
}

function shuffled<One>(rows: readonly One[], seed: number): One[] {
  const random = new Random(seed);
  return rows
    .map((row) => ({ row, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}

/** `most` consecutive cells. Stretches of consecutive seeds follow each other round the table. */
export function stretch<Cell>(cells: readonly Cell[], most: number, seed: number): Cell[] {
  const start = (seed * most) % cells.length;
  const length = Math.min(most, cells.length);
  return Array.from({ length }, (_, n) => cells[(start + n) % cells.length] as Cell);
}

/** How many of `most` cells are extra cells: their share of the whole table. */
export function shareOf(
  extra: readonly unknown[],
  whole: readonly unknown[],
  most: number,
): number {
  return Math.round((Math.min(most, whole.length) * extra.length) / whole.length);
}
