import { setTimeout as sleep } from 'node:timers/promises';
import { secret } from '../../support/an-event.ts';
import { startReceiver } from '../../support/receiver.ts';
import { openStage, type TestStage } from '../../support/stage.ts';
import { openKillableLane, openLane } from '../lane.ts';
import { broke, runQueues } from '../table.ts';
import { type Cell, nameOf } from './cells.ts';
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
    /** Answers what was broken, by cell. */
    async run(cells: readonly Cell[]): Promise<string[]> {
      const parts = await Promise.all([
        runUndisturbed(stage, backend, cells),
        ...Object.values(batches).map((isOne) => runKilled(stage, backend, cells.filter(isOne))),
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

/** Those whose worker lives. A 429 holds its whole worker, so such a cell has one to itself. */
async function runUndisturbed(
  stage: TestStage,
  backend: Backend,
  cells: readonly Cell[],
): Promise<string[]> {
  const living = cells.filter(({ kill }) => kill === 'none');
  return runQueues([living], sideBySide, nameOf, async (cell) => {
    const lane = is429(cell) ? await openLane(stage) : null;
    try {
      const ending = await begin(stage, lane?.mooring ?? stage.mooring, cell);
      await judge(stage, backend, ending, await receiptOf(ending), 0);
    } finally {
      await lane?.close();
    }
  });
}

const is429 = ({ answer }: Cell) => answer.name === '429';
const isSlow = ({ answer }: Cell) => answer.unheard === true;
const isKilled = ({ kill }: Cell) => kill !== 'none';

/** Killed together is what comes to that point together: a 429 holds all calls of its worker, a stall takes ten seconds. */
const batches: Record<string, (cell: Cell) => boolean> = {
  limited: (cell) => isKilled(cell) && is429(cell),
  slow: (cell) => isKilled(cell) && isSlow(cell),
  others: (cell) => isKilled(cell) && !is429(cell) && !isSlow(cell),
};

/** One kill for so many: a worker takes three seconds to be there, and a core while it does. */
const batchSize = 60;

async function runKilled(
  stage: TestStage,
  backend: Backend,
  cells: readonly Cell[],
): Promise<string[]> {
  if (cells.length === 0) return [];
  const lane = await openKillableLane(stage);
  try {
    const broken: string[] = [];
    const left = [...cells];
    while (left.length > 0) {
      const batch = left.splice(0, batchSize);
      const endings = await Promise.all(batch.map((cell) => begin(stage, lane.mooring, cell)));
      await allHeld(stage, endings);
      const killedAt = Date.now();
      await lane.killWorker();
      const judging = endings.map((ending) =>
        broke(
          nameOf(ending.cell),
          receiptOf(ending).then((receipt) =>
            judge(stage, backend, ending, receipt, Date.now() - killedAt),
          ),
        ),
      );
      broken.push(...(await Promise.all(judging)).filter((line) => line !== null));
    }
    return broken;
  } finally {
    await lane.close();
  }
}

/** What a worker knows is kept at its next beat, which may be a second away. */
const keptAfterMs = 1_500;
/** A call that is held for ten seconds is given up. */
const heldForMs = 8_000;

/** Waits until each has a call that is being held; throws where one was held for too long by then. */
async function allHeld(stage: TestStage, endings: readonly Ending[]): Promise<void> {
  const since = new Map<string, number>();
  for (;;) {
    const now = Date.now();
    const held = (await stage.sandbox.pendingCalls()).filter(({ at }) => now - at > 300);
    for (const { userId, at } of held) if (userId !== null) since.set(userId, at);
    const missing = endings.filter(({ userId }) => !since.has(userId));
    const times = endings.map(({ userId }) => since.get(userId) ?? now);
    if (missing.length === 0 && now - Math.max(...times) >= keptAfterMs) return;
    if (now - Math.min(...times) > heldForMs) {
      const names = missing.map(({ cell }) => nameOf(cell)).join(', ');
      throw new Error(`not all of them are held at once: ${names}`);
    }
    await sleep(100);
  }
}
