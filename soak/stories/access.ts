import { setTimeout as sleep } from 'node:timers/promises';
import { tryStep } from './person-steps.ts';
import type { Player } from './player.ts';
import { story } from './story.ts';

/** A pause follows a grace period of one second, and takes longer while a worker is down. */
const pausedWithinMs = 10_000;
const lookEveryMs = 250;

/** Users who do not pay, and users who are offboarded. */
export const access = {
  lapseAndRenew: story('lapse, renew', async (player) => {
    await player.connectFully();
    await lapseAndRenew(player);
  }),

  lapseWithDisabled: story('disable one of two accounts, lapse, renew', async (player) => {
    const unwanted = await player.connectFully({ alias: 'unwanted', onExisting: 'add' });
    await player.connectFully({ alias: 'wanted', onExisting: 'add' });
    await player.change('disable', unwanted.connectedAccountId);
    await lapseAndRenew(player);
  }),

  disableInLapse: story('lapse, disable, renew', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.lapse();
    await waitUntilPaused(player);
    await player.change('disable', connectedAccountId);
    await player.renew();
  }),

  renewInGrace: story('lapse, renew within the grace', async (player) => {
    await player.connectFully();
    await player.lapse({ graceMs: 30_000 });
    await player.renew();
  }),

  renewAtPause: story('renew just as the grace ends', async (player) => {
    await player.connectFully();
    await player.lapse({ graceMs: 1_000 });
    await sleep(player.cast.random.between(500, 1_500));
    await player.renew();
  }),

  connectInLapse: story('lapse, try to connect, renew', async (player) => {
    await player.connectFully({ alias: 'first', onExisting: 'add' });
    await player.lapse();
    await waitUntilPaused(player);
    await player.tryConnect({ alias: 'second', onExisting: 'add' });
    await player.renew();
  }),

  stayLapsed: story('lapse and stay away', async (player) => {
    await player.connectFully();
    await player.lapse();
  }),

  offboard: story('offboard', async (player) => {
    await player.connectFully();
    await player.offboard({ coolingOffMs: 0 });
    await player.offboardResult();
  }),

  offboardSlowly: story('offboard after a cooling-off', async (player) => {
    await player.connectFully({ alias: 'work', onExisting: 'add' });
    await player.connectFully({ alias: 'home', onExisting: 'add' });
    await player.offboard();
    await player.offboardResult();
  }),

  cancelOffboarding: story('offboard, cancel it', async (player) => {
    await player.connectFully();
    await player.offboard({ coolingOffMs: 20_000 });
    await sleep(player.cast.random.between(0, 3_000));
    await player.cancelOffboarding();
  }),

  offboardInConnect: story('offboard while a link is open', async (player) => {
    const attempt = await player.connect();
    await Promise.all([
      player.offboard({ coolingOffMs: 0 }),
      sleep(player.cast.random.between(0, 1_500)).then(() => player.approve(attempt)),
    ]);
    await player.outcome(attempt);
    await player.offboardResult();
  }),

  blockAndReadmit: story('offboard, block, readmit, connect again', async (player) => {
    await player.connectFully();
    await player.offboard({ coolingOffMs: 0, block: true });
    await player.offboardResult();
    await player.tryConnect();
    await player.readmit();
    await player.connectFully();
  }),

  offboardInLapse: story('lapse, offboard', async (player) => {
    await player.connectFully();
    await player.lapse();
    await sleep(player.cast.random.between(0, 3_000));
    await player.offboard();
    await player.offboardResult();
  }),
};

async function lapseAndRenew(player: Player): Promise<void> {
  await player.lapse();
  await waitUntilPaused(player);
  await player.renew();
}

/** Waits until the accounts are disabled, or for ten seconds. The story continues either way. */
async function waitUntilPaused({ cast, userId }: Player): Promise<void> {
  const access = cast.mooring.access(userId);
  for (const until = Date.now() + pausedWithinMs; Date.now() < until; await sleep(lookEveryMs)) {
    const view = await tryStep(() => access.view());
    if (view?.phase === 'lapsed' && view.paused > 0) return;
  }
}
