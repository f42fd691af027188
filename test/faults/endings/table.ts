import { setTimeout as sleep } from 'node:timers/promises';
import { secret } from '../../support/an-event.ts';
import { startReceiver } from '../../support/receiver.ts';
import { openStage, type TestStage } from '../../support/stage.ts';
import { openKillableLane, openLane } from '../lane.ts';
import { broke, runQueues } from '../table.ts';
import { type AnyCell, type Cell, isHeld, isOfOneCall, nameOf } from './cells.ts';
import { judgeCommand, judgeHeld, judgeRepeats } from './extra.ts';
import { type Backend, judge } from './judge.ts';
import { begin, type Ending, receiptOf } from './story.ts';

/** A stage whose events are received. */
export async function openEndingStage() {
  const backend: Backend = { receiver: await startReceiver(), secret: secret() };
  const { url } = backend.receiver;
  const endpoint = { name: 'app', url, secrets: [backend.secret], allowPrivate: true };
  const stage = await openStage({
    environment: { MOORING_EVENT_ENDPOINTS: JSON.stringify([endpoint]) },
  });
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
  return {
    /** Runs the cells and returns the broken promises, by cell. */
    async run(cells: readonly AnyCell[]): Promise<string[]> {
      const parts = await Promise.all([
        runUndisturbed(stage, backend, cells),
        runKilled(stage, backend, cells.filter(isOfOneCall)),
      ]);
      return parts.flat();
    },
    async close() {
      await stage.close();
      await backend.receiver.stop();
    },
  };
}

const sideBySide = 12;

/**
 * The cells whose worker lives. A 429 holds its whole worker, so such a cell has a worker to
 * itself.
 */
async function runUndisturbed(
  stage: TestStage,
  backend: Backend,
  cells: readonly AnyCell[],
): Promise<string[]> {
  const living = cells.filter((cell) => !isOfOneCall(cell) || !isKilled(cell));
  return runQueues([living], sideBySide, nameOf, async (cell) => {
    if (isHeld(cell)) return judgeHeld(stage, cell);
    const lane = is429(cell) ? await openLane(stage) : null;
    const mooring = lane?.mooring ?? stage.mooring;
    try {
      if (!isOfOneCall(cell)) return await judgeCommand(stage, mooring, cell);
      const ending = await begin(stage, mooring, cell);
      if (cell.again) await judgeRepeats(stage, ending);
      await judge(stage, backend, ending, await receiptOf(ending.run), 0);
    } finally {
      await lane?.close();
    }
  });
}

const is429 = ({ answer }: Pick<Cell, 'answer'>) => answer.name === '429';
const isKilled = ({ kill }: Cell) => kill !== 'none';
const isLimited = (cell: Cell) => cell.kill === 'after' && is429(cell);
const isSlow = ({ kill, answer }: Cell) => kill === 'after' && answer.unheard === true;

/**
 * Cells that reach their call at the same pace share a kill. A stall takes ten seconds, and a 429
 * holds all calls of its worker, so many such cells would delay each other more and more. One kill
 * serves many cells because a new worker needs three seconds of a core.
 */
const kinds = [
  {
    isOne: (cell: Cell) => isKilled(cell) && !isLimited(cell) && !isSlow(cell),
    atOnce: 50,
  },
  { isOne: isSlow, atOnce: 50 },
  { isOne: isLimited, atOnce: 4 },
] as const;

/** A cell that did not reach its call in time does not count and runs again. */
const mostTries = 5;

async function runKilled(
  stage: TestStage,
  backend: Backend,
  cells: readonly Cell[],
): Promise<string[]> {
  if (!cells.some(isKilled)) return [];
  const lane = await openKillableLane(stage);
  try {
    const broken: string[] = [];
    const left = kinds.map(({ isOne, atOnce }) => {
      return { atOnce, queue: cells.filter(isOne).map((cell) => ({ cell, tries: 1 })) };
    });
    for (;;) {
      const [{ queue, atOnce }] = longestFirst(left);
      if (queue.length === 0) break;
      const batch = queue.splice(0, atOnce);
      const endings = await Promise.all(
        batch.map(async (one) => ({ one, ending: await begin(stage, lane.mooring, one.cell) })),
      );
      const held = await holding(stage, endings);
      const killedAt = Date.now();
      await lane.killWorker();
      const lines = endings.map(({ one: { cell, tries }, ending }) => {
        const isHeld = held.has(ending.userId);
        const isAgain = !isHeld && tries < mostTries;
        if (isAgain) queue.push({ cell, tries: tries + 1 });
        const finish = async () => {
          // This also waits for cells that were not held: their faults must be over before the next
          // kill.
          const receipt = await receiptOf(ending.run);
          if (isAgain) return;
          if (!isHeld)
            throw new Error('never reached the call at which its worker is to be killed');
          await judge(stage, backend, ending, receipt, Date.now() - killedAt);
        };
        return broke(nameOf(cell), finish());
      });
      broken.push(...(await Promise.all(lines)).filter((line) => line !== null));
    }
    return broken;
  } finally {
    await lane.close();
  }
}

function longestFirst<Kind extends { queue: unknown[] }>(kinds: Kind[]): [Kind, ...Kind[]] {
  return kinds.toSorted((a, b) => b.queue.length - a.queue.length) as [Kind, ...Kind[]];
}

/** A worker's progress is saved with its next heartbeat, which may be a second away. */
const keptAfterMs = 1_500;
/** The client gives up a call that is held for ten seconds. */
const longestHoldMs = 8_000;
/** After this time no other cell reaches its call. */
const givenUpMs = 60_000;

/** The faults that hold a call. */
const holds = ['silence', 'delay'];

/**
 * Waits until each user has a held call, or the first one cannot be held any longer. Returns the
 * users with a held call.
 */
async function holding(
  stage: TestStage,
  endings: readonly { ending: Ending }[],
): Promise<Set<string>> {
  const began = Date.now();
  for (;;) {
    const now = Date.now();
    const own = new Set(endings.map(({ ending }) => ending.userId));
    const calls = (await stage.sandbox.pendingCalls()).filter(
      ({ userId, fault, at }) =>
        own.has(userId ?? '') && fault !== null && holds.includes(fault) && now - at > 100,
    );
    const times = calls.map(({ at }) => now - at);
    const users = new Set(
      calls.filter(({ at }) => now - at >= keptAfterMs).map(({ userId }) => userId ?? ''),
    );
    const isOver = Math.max(...times, 0) > longestHoldMs || now - began > givenUpMs;
    if (users.size === own.size || isOver) return users;
    await sleep(100);
  }
}
