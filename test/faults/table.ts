import { inspect } from 'node:util';
import type { MooringClient } from '../../src/index.ts';
import { leaks } from '../support/grep.ts';
import type { TestStage } from '../support/stage.ts';
import { type Cell, faults, type HeldCell, isHeld, nameOf } from './cells.ts';
import { deadlineMs } from './expected.ts';
import { judgeHeld } from './held.ts';
import { judge, requireNoLeak, tokenOf } from './judge.ts';
import { openLane } from './lane.ts';
import { tell, type Told } from './story.ts';

/**
 * Takes the cells of each queue in order, `sideBySide` at a time. Returns the broken promises, by
 * cell.
 */
export async function runQueues<One>(
  queues: One[][],
  sideBySide: number,
  nameOf: (cell: One) => string,
  run: (cell: One) => Promise<void>,
): Promise<string[]> {
  const broken: string[] = [];
  const work = async (queue: One[]) => {
    for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
      const line = await broke(nameOf(cell), run(cell));
      if (line !== null) broken.push(line);
    }
  };
  await Promise.all(
    queues.flatMap((queue) => Array.from({ length: sideBySide }, () => work(queue))),
  );
  return broken;
}

/** The broken promise of a cell, or null. */
export async function broke(name: string, running: Promise<void>): Promise<string | null> {
  try {
    await running;
    return null;
  } catch (error) {
    const line = `${name}: ${inspect(error, { depth: 4 })}`;
    // Printed at once, as the end of a long run is minutes away.
    console.error(line);
    return line;
  }
}

/**
 * Runs the cells concurrently. Returns the broken promises, by cell; empty when all have passed.
 */
export async function runCells(
  stage: TestStage,
  cells: readonly (Cell | HeldCell)[],
  sideBySide: number,
) {
  // Three users a second exceed a small plan's budget, which another test covers.
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
  const secretsAtStart = await stage.sandbox.secrets();
  // Cells that wait for a minute start first, and wait beside all others.
  const isLong = (cell: Cell | HeldCell) => !isHeld(cell) && cell.fault === '429 for 61 s';
  const queues = [cells.filter(isLong), cells.filter((cell) => !isLong(cell))];
  const callbackTokens: string[] = [];
  const broken = await runQueues(queues, sideBySide, nameOf, async (cell) => {
    if (isHeld(cell)) return judgeHeld(stage, cell);
    const { callback } = await run(stage, cell, secretsAtStart);
    if (callback !== null) callbackTokens.push(tokenOf(callback));
  });
  // Once for all cells, as their log lines are mixed.
  const secrets = [...(await stage.sandbox.secrets()), ...callbackTokens];
  const logged = leaks(stage.lines.join('\n'), secrets);
  return [...broken, ...logged.map((secret) => `the log: ${secret}`)];
}

/**
 * A 429 holds its whole worker, so such a cell has a worker to itself; the others share the
 * stage's.
 */
async function run(stage: TestStage, cell: Cell, secretsAtStart: readonly string[]): Promise<Told> {
  const before = (await stage.sandbox.secrets()).length;
  const lane = cell.fault.startsWith('429') ? await openLane(stage) : null;
  try {
    const told = await runWith(stage, lane?.mooring ?? stage.mooring, cell);
    const secrets = [...secretsAtStart, ...(await stage.sandbox.secrets(before))];
    await requireNoLeak(stage, told, secrets);
    return told;
  } finally {
    await lane?.close();
  }
}

async function runWith(stage: TestStage, mooring: MooringClient, cell: Cell): Promise<Told> {
  const { hit } = cell.call;
  const rule = { ...hit, fault: faults[cell.fault] };
  const { method } = cell.call;
  const telling = tell(stage, mooring, { ...cell, method }, rule);
  const told = await within(deadlineMs(cell), telling);
  const outcome = await mooring.connections
    .get(told.connectionId)
    .result({ timeoutMs: deadlineMs(cell) });
  if (cell.again) told.repeats.push(await told.repeat());
  await judge(stage, cell, told, outcome);
  return told;
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs for ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
