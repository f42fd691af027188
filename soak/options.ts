import { Command, InvalidArgumentError } from 'commander';

export interface SoakOptions {
  seeds: number[];
  /** Stories of each seed, one user for each. */
  connections: number;
  json: boolean;
  /** Null: any free one. */
  temporalPort: number | null;
}

const usualConnections = 60;

/** Reads the command line. Throws a CommanderError whose message is one clear line. */
export function readOptions(args: readonly string[]): SoakOptions {
  const program = new Command('soak')
    .description('play seeded users against the real stack while its processes are killed')
    .option('--seeds <n>', 'how many seeds to play', wholeNumber(1))
    .option('--seed <s>', 'the one seed to play again', wholeNumber(0))
    .option('--connections <m>', 'users of each seed', wholeNumber(1), usualConnections)
    .option('--temporal-port <p>', 'where Temporal listens (default: any free port)', port)
    .option('--json', 'print the figures as one JSON object at the end', false)
    .configureOutput({ writeErr: () => undefined })
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(args, { from: 'user' });
  const given = program.opts<{
    seeds?: number;
    seed?: number;
    connections: number;
    temporalPort?: number;
    json: boolean;
  }>();
  if (given.seeds !== undefined && given.seed !== undefined) {
    program.error('error: --seeds plays new seeds and --seed plays one again: give one of them');
  }
  const { connections, json, temporalPort = null } = given;
  const seeds = given.seed === undefined ? newSeeds(given.seeds ?? 1) : [given.seed];
  return { seeds, connections, json, temporalPort };
}

/** Consecutive seeds, as each one plays the next kinds of stories; other ones each time. */
function newSeeds(count: number): number[] {
  const first = Math.floor(Date.now() / 1_000) % 1_000_000;
  return Array.from({ length: count }, (_, n) => first + n);
}

function wholeNumber(least: number) {
  return (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

function port(text: string): number {
  const number = wholeNumber(1)(text);
  if (number <= 65_535) return number;
  throw new InvalidArgumentError('A port is at most 65535.');
}
