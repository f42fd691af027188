/**
 * Parts of a table, all alike long and of `most` cells at most. Each has those that have the most pairs not yet seen: in
 * any part before, and then in this one. So those in a row soon have all pairs.
 */
export function stretchesOf<Cell>(
  cells: readonly Cell[],
  pairsOf: (cell: Cell) => readonly string[],
  most: number,
): Cell[][] {
  const left = cells.map((cell) => ({ cell, pairs: pairsOf(cell) }));
  const seen = new Set<string>();
  const stretches: Cell[][] = [];
  const length = Math.ceil(cells.length / Math.ceil(cells.length / most));
  while (left.length > 0) {
    const stretch: Cell[] = [];
    const here = new Set<string>();
    // More than a cell has pairs, so that what is new at all comes first.
    const weigh = (pair: string) => (here.has(pair) ? 0 : 1) + (seen.has(pair) ? 0 : 100);
    while (stretch.length < length && left.length > 0) {
      let best = 0;
      let heaviest = -1;
      for (const [at, { pairs }] of left.entries()) {
        const weight = pairs.reduce((sum, pair) => sum + weigh(pair), 0);
        if (weight > heaviest) [best, heaviest] = [at, weight];
      }
      const [{ cell, pairs }] = left.splice(best, 1) as [(typeof left)[number]];
      stretch.push(cell);
      for (const pair of pairs) {
        here.add(pair);
        seen.add(pair);
      }
    }
    stretches.push(stretch);
  }
  return stretches;
}
