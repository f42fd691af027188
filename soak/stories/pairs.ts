import { setTimeout as sleep } from 'node:timers/promises';
import type { Story } from '../cast.ts';
import type { Player } from './player.ts';
import { story } from './story.ts';
import { blindTimings } from './timings.ts';

/** Writers to an existing account. */
interface Writer {
  name: string;
  /** The status in which the writer has something to do. */
  of: 'ACTIVE' | 'EXPIRED';
  /** A call of the writer, to be slowed so that the other writer comes in between. */
  slow: string;
  /** How long the writer waits before it makes that call: a pause follows a grace period. */
  slowAfterMs?: number;
  write(player: Player, connectedAccountId: string): Promise<void>;
}

const read = 'GET /connected_accounts/:id';
const status = 'PATCH /connected_accounts/:id/status';
const slowMs = 4_000;

const writers: readonly Writer[] = [
  {
    name: 'refresh',
    of: 'EXPIRED',
    slow: read,
    write: async (player, id) => void (await player.refresh(id)),
  },
  {
    name: 'change',
    of: 'ACTIVE',
    slow: read,
    async write(player, id) {
      if (player.cast.random.chance(0.3)) await player.updateAlias(id, `alias of ${id}`);
      await player.change('disable', id);
      if (player.cast.random.chance(0.5)) await player.change('enable', id);
    },
  },
  {
    name: 'disconnect',
    of: 'ACTIVE',
    slow: read,
    write: (player, id) => player.disconnect(id),
  },
  {
    name: 'lapse and renewal',
    of: 'ACTIVE',
    slow: status,
    slowAfterMs: 1_000,
    async write(player) {
      await player.lapse();
      await sleep(player.cast.random.between(2_500, 7_000));
      await player.renew();
    },
  },
  {
    name: 'offboarding',
    of: 'ACTIVE',
    slow: read,
    async write(player) {
      await player.offboard({ coolingOffMs: player.cast.random.pick([0, 2_000]) });
      await player.offboardResult();
    },
  },
  {
    name: 'sweep',
    of: 'EXPIRED',
    slow: 'POST /connected_accounts/:id/refresh',
    write: (player) => player.sweep(),
  },
];

/**
 * Two writers at one account: every pair of kinds, in both orders, and each of them against a
 * connect.
 */
export const pairs: readonly Story[] = [
  ...writers.flatMap((first) => writers.map((second) => pairStory(first, second))),
  ...writers.flatMap((writer) => [storyDuringConnect(writer), storyOfReplacement(writer)]),
];

/** The second writer comes while a call of the first one is slow. */
function pairStory(first: Writer, second: Writer): Story {
  return story(`${second.name} during ${first.name}`, async (player) => {
    const { connectedAccountId: id } = await player.connectFully();
    await makeReady(player, id, [first, second]);
    await slowDown(player, first);
    await Promise.all([
      first.write(player, id),
      waitAfterStart(player, first).then(() => second.write(player, id)),
    ]);
  });
}

/**
 * The person has consented, and the attempt has not read that. Then it is canceled or the browser
 * comes back.
 */
function storyDuringConnect(writer: Writer): Story {
  return story(`${writer.name} during a connect`, async (player) => {
    const attempt = await player.connect({ timings: blindTimings });
    const wayHome = await player.approveOnly(attempt);
    await makeReady(player, attempt.connectedAccountId, [writer]);
    await slowDown(player, writer);
    const isCanceled = player.cast.random.chance(0.5);
    await Promise.all([
      writer.write(player, attempt.connectedAccountId),
      waitAfterStart(player, writer).then(async () =>
        isCanceled ? player.cancel(attempt) : player.comeBack(wayHome),
      ),
    ]);
    await player.outcome(attempt);
  });
}

/** A new account replaces one that another writer is working on. */
function storyOfReplacement(writer: Writer): Story {
  return story(`a replacement during ${writer.name}`, async (player) => {
    const { connectedAccountId: replaces } = await player.connectFully();
    await makeReady(player, replaces, [writer]);
    const attempt = await player.connect({ replaces, timings: blindTimings });
    const wayHome = await player.approveOnly(attempt);
    await slowDown(player, writer);
    await Promise.all([
      writer.write(player, replaces),
      waitAfterStart(player, writer).then(() => player.comeBack(wayHome)),
    ]);
    await player.outcome(attempt);
  });
}

async function makeReady(player: Player, id: string, both: Writer[]): Promise<void> {
  if (both.every((writer) => writer.of === 'ACTIVE')) return;
  await (player.cast.random.chance(0.5) ? player.loseGrant(id) : player.expire(id));
}

async function slowDown({ cast, userId }: Player, { slow: route }: Writer): Promise<void> {
  await cast.fault({ route, userId, fault: { kind: 'delay', beforeMs: slowMs } });
}

function waitAfterStart({ cast }: Player, { slowAfterMs = 0 }: Writer): Promise<void> {
  return sleep(slowAfterMs + cast.random.between(200, 1_500));
}
