export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** To three decimal places, more than any figure of a bench deserves. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** The one number that a bench takes, beside `--json`. */
export function givenOr(usual: number): number {
  return Number(process.argv.slice(2).find((given) => given !== '--json') ?? usual);
}

export interface Conclusion {
  /** Lines for people; omitted with `--json`. */
  lines: readonly string[];
  figures: Record<string, unknown>;
  /** Each claim in words, and whether it holds. */
  demands: Record<string, boolean>;
}

/**
 * Prints the results of a bench, and each claim that does not hold. Any of these makes the exit
 * code 1.
 */
export function conclude({ lines, figures, demands }: Conclusion): void {
  if (!process.argv.includes('--json')) for (const line of lines) console.log(line);
  console.log(JSON.stringify(figures));
  for (const [demand, isMet] of Object.entries(demands)) {
    if (isMet) continue;
    console.error(`does not hold: ${demand}`);
    process.exitCode = 1;
  }
}
