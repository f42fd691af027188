export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** To three places, which is more than any figure of a bench is worth. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** The one number that may be given to a bench, beside `--json`. */
export function givenOr(usual: number): number {
  return Number(process.argv.slice(2).find((given) => given !== '--json') ?? usual);
}

export interface Conclusion {
  /** For people; with `--json` they are left out. */
  lines: readonly string[];
  figures: Record<string, unknown>;
  /** What has to hold, in words, and whether it does. */
  demands: Record<string, boolean>;
}

/** Prints what a bench has found, and ends the process with 1 if a demand was not met, naming it. */
export function conclude({ lines, figures, demands }: Conclusion): void {
  if (!process.argv.includes('--json')) for (const line of lines) console.log(line);
  console.log(JSON.stringify(figures));
  for (const [demand, isMet] of Object.entries(demands)) {
    if (isMet) continue;
    console.error(`not met: ${demand}`);
    process.exitCode = 1;
  }
}
