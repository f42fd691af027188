import type { ConnectAnswer } from '../../src/index.ts';
import { tryStep } from './person-steps.ts';
import type { Player } from './player.ts';
import { story } from './story.ts';

const undoWindowMs = 3_000;

/** One account after it was connected: its health, its changes, its disconnect. */
export const accounts = {
  refreshHealthy: story('refresh a healthy account', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.refresh(connectedAccountId);
  }),

  healDeadGrant: story(
    'lose the grant, refresh without success, authorize again',
    async (player) => {
      const { connectedAccountId } = await connectAndLoseGrant(player);
      await player.refresh(connectedAccountId);
      const { returnUrl } = player.cast;
      const answer = await player.refresh(connectedAccountId, { returnUrl, waitMs: 8_000 });
      if (answer === null || answer.redirectUrl === null) return;
      await player.comeBack(await player.approveOnly(answer));
      await player.refreshOutcome(connectedAccountId);
    },
  ),

  healExpired: story('expire with a living grant, refresh', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.expire(connectedAccountId);
    await player.refresh(connectedAccountId);
  }),

  failToRenew: story('lose the grant, let Composio find out, refresh', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    const { sandbox } = player.cast;
    await tryStep(() => sandbox.killGrant(connectedAccountId));
    await tryStep(() => sandbox.renewInBackground([connectedAccountId]));
    await player.refresh(connectedAccountId);
  }),

  sweepDead: story('lose the grant, be swept', async (player) => {
    await connectAndLoseGrant(player);
    await player.sweep();
  }),

  disableAndEnable: story('disable, enable', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.change('disable', connectedAccountId);
    await player.change('enable', connectedAccountId);
  }),

  rename: story('take an alias, take it off', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.updateAlias(connectedAccountId, `alias of ${player.userId}`);
    await player.updateAlias(connectedAccountId, '');
  }),

  disconnect: story('disconnect', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.disconnect(connectedAccountId);
  }),

  disconnectTwice: story('disconnect by two requests', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await Promise.all([
      player.disconnect(connectedAccountId),
      player.disconnect(connectedAccountId),
    ]);
  }),

  keepRecord: story('disconnect, keep the record', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.disconnect(connectedAccountId, { keepRecord: true });
  }),

  undo: story('disconnect with an undo window, keep', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    const end = player.disconnect(connectedAccountId, { undoWindowMs });
    // With faults the window may be over by then, and the refusal is an answer too.
    await player.keep(connectedAccountId);
    await end;
  }),

  undoNot: story('disconnect with an undo window, let it pass', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.disconnect(connectedAccountId, { undoWindowMs });
  }),

  disconnectAndReturn: story('disconnect, connect again', async (player) => {
    const { connectedAccountId } = await player.connectFully();
    await player.disconnect(connectedAccountId);
    await player.connectFully();
  }),
};

export async function connectAndLoseGrant(player: Player): Promise<ConnectAnswer> {
  const attempt = await player.connectFully();
  await player.loseGrant(attempt.connectedAccountId);
  return attempt;
}
