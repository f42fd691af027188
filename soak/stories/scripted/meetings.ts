import { setTimeout as sleep } from 'node:timers/promises';
import { blindTimings } from '../timings.ts';
import { heldMs, holdNextRead, scriptedStory, waitUntil } from './scripted.ts';

const visibleAfterMs = 2_000;

/** Findings where two flows meet, or where one user id could reach another user. */
export const meetings = [
  // The account of a canceled attempt is deleted, whichever other run held it at that moment.
  scriptedStory('A1', 'leftovers', 'cancel while a refresh holds the account', async (player) => {
    const attempt = await player.connect({ timings: blindTimings, waitMs: 30_000 });
    await player.approveOnly(attempt);
    const { begun } = await holdNextRead(player, () => player.refresh(attempt.connectedAccountId));
    await player.cancel(attempt);
    await player.outcome(attempt);
    await begun;
  }),

  // An account that another person finished is deleted, whichever other run held it at that moment.
  scriptedStory('A1', 'leftovers', 'confirm as another user during a refresh', async (player) => {
    const attempt = await player.connect({ confirm: 'required', waitMs: 30_000 });
    const home = await player.approve(attempt);
    const connection = player.cast.mooring.connections.get(attempt.connectionId);
    await waitUntil(async () => (await connection.describe()).phase === 'confirming');
    const { begun } = await holdNextRead(player, () => player.refresh(attempt.connectedAccountId));
    await player.confirm(home, `${player.userId}-mallory`);
    await player.outcome(attempt);
    await begun;
  }),

  // A replaced account is disconnected once the refresh that held it is over.
  scriptedStory('A2', 'leftovers', 'follow a reconnect link during a refresh', async (player) => {
    const { sandbox } = player.cast;
    await sandbox.settings({ refreshReading: 'renewOrRestart' });
    const attempt = await player.connectFully();
    await player.expire(attempt.connectedAccountId);
    const callback = await player.approveOnly(await player.followReconnectLink(attempt));
    await holdNextRead(player, () => sandbox.sendWebhook(attempt.connectedAccountId));
    await player.confirm(await player.comeBack(callback));
    await player.outcome(attempt);
  }),

  // The outcome of a connection stays ACTIVE when a second click is refused.
  scriptedStory('A5', 'outcomes', 'click again after coming back', async (player) => {
    const attempt = await player.connectFully();
    await player.tryConnect();
    await player.outcome(attempt);
  }),

  // A request that was refused as busy succeeds when it is repeated, once the account is free.
  scriptedStory('A11', 'refusals', 'ask to reuse an account during a refresh', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    const { begun } = await holdNextRead(player, () => player.refresh(connectedAccountId));
    await player.tryConnect({ onExisting: 'reuse' });
    await begun;
  }),

  // An account that a caller has disabled stays disabled, however late the answer of a pause is.
  scriptedStory('A13', 'restored', 'disable and renew while a pause is slow', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    const { cast, userId } = player;
    const route = 'PATCH /connected_accounts/:id/status';
    await cast.fault({ route, userId, fault: { kind: 'delay', afterMs: heldMs } });
    await player.lapse({ graceMs: 1_000 });
    await waitUntil(async () => {
      const [row] = await cast.sandbox.accounts({ userId });
      return row?.status === 'INACTIVE';
    });
    await player.change('disable', connectedAccountId);
    await player.renew();
  }),

  // An offboarding does not touch a user whose id differs by an apostrophe.
  scriptedStory(
    'B1',
    'outcomes',
    'offboard a user with an apostrophe in their id',
    async (player) => {
      const other = player.userId.slice(0, -1);
      const attempt = await player.connect({ userId: other });
      await sleep(visibleAfterMs);
      await player.offboard({ coolingOffMs: 0 });
      await player.offboardResult();
      await player.outcome(attempt);
    },
    { userIdEnding: "'" },
  ),

  // An offboarding cancels the open attempts of its user, and their list shows them.
  scriptedStory(
    'B2',
    'outcomes',
    'offboard a user with a quote in their id',
    async (player) => {
      const attempt = await player.connect();
      await sleep(visibleAfterMs);
      await player.offboard({ coolingOffMs: 0 });
      await player.offboardResult();
      await player.outcome(attempt);
    },
    { userIdEnding: '"' },
  ),
];
