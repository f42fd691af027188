import { connectAndLoseGrant } from './accounts.ts';
import type { Player } from './player.ts';
import { story } from './story.ts';

const confirm = 'required';

/** Users who come back: to confirm an account, or to replace an old account with a new one. */
export const returning = {
  confirm: story('confirm as the user', async (player) => {
    await finishAs(player, player.userId);
  }),

  confirmAsOther: story('confirm as somebody else', async (player) => {
    await finishAs(player, `${player.userId}-mallory`);
  }),

  confirmNobody: story('approve, never confirm', async (player) => {
    const attempt = await player.connect({ confirm });
    await player.approve(attempt);
    await player.outcome(attempt);
  }),

  confirmWrongCode: story('confirm by a wrong code, then by the right one', async (player) => {
    const attempt = await player.connect({ confirm });
    const home = await player.approve(attempt);
    const forged = home && new URL(home);
    forged?.searchParams.set('mooring_code', 'A'.repeat(43));
    await player.confirm(forged);
    await player.confirm(home);
    await player.outcome(attempt);
  }),

  reconnect: story('lose the grant, follow a reconnect link', async (player) => {
    const attempt = await connectAndLoseGrant(player);
    const home = await player.comeBack(
      await player.approveOnly(await player.followReconnectLink(attempt)),
    );
    await player.confirm(home);
    await player.outcome(attempt);
  }),

  reconnectAsOther: story('somebody else follows the reconnect link', async (player) => {
    const attempt = await connectAndLoseGrant(player);
    const link = await player.followReconnectLink(attempt);
    const home = await player.comeBack(
      await player.approveOnly(link, player.cast.person('mallory')),
    );
    await player.confirm(home, `${player.userId}-mallory`);
    await player.outcome(attempt);
  }),

  replaceDead: story('replace a dead account', async (player) => {
    const { connectedAccountId: replaces } = await connectAndLoseGrant(player);
    await player.connectFully({ replaces });
  }),

  replaceLiving: story('replace a living account', async (player) => {
    const { connectedAccountId: replaces } = await player.connectFully();
    await player.connectFully({ replaces });
  }),

  replaceAsOther: story('replace an account as another person', async (player) => {
    const { connectedAccountId: replaces } = await connectAndLoseGrant(player);
    const attempt = await player.connect({ replaces });
    await player.approve(attempt, player.cast.person('bob'));
    await player.outcome(attempt);
  }),

  replaceNot: story('begin to replace an account, deny', async (player) => {
    const { connectedAccountId: replaces } = await player.connectFully();
    const attempt = await player.connect({ replaces });
    await player.deny(attempt);
    await player.outcome(attempt);
  }),
};

async function finishAs(player: Player, userId: string): Promise<void> {
  const attempt = await player.connect({ confirm });
  await player.confirm(await player.approve(attempt), userId);
  await player.outcome(attempt);
}
