import { AuthScheme, type ConnectUserInput } from '../../src/index.ts';
import { tryStep } from './person-steps.ts';
import type { Player } from './player.ts';
import { story } from './story.ts';
import { enteredSecret } from './secrets.ts';

/** The provider refuses a credential that begins like this one. */
const badKey = 'bad-key-of-the-soak';

export function keyInput(key: string): Partial<ConnectUserInput> {
  const method = { initiate: AuthScheme.APIKey({ generic_api_key: key }) };
  return { authConfigId: 'ac_apikey', method };
}

/** Ways to connect without a link, and users with several accounts. */
export const methods = {
  key: story('connect by key', async (player) => {
    const attempt = await player.connect(keyInput(enteredSecret(player.cast.random)));
    await player.outcome(attempt);
  }),

  keyTwice: story('connect by key, repeat the request', async (player) => {
    const requestId = player.newId();
    const key = enteredSecret(player.cast.random);
    const attempt = await player.connect({ ...keyInput(key), requestId });
    await player.outcome(attempt);
    await player.tryConnect({ ...keyInput(key), requestId });
  }),

  keyRejected: story('connect by a wrong key, then by a right one', async (player) => {
    await player.tryConnect(keyInput(badKey));
    await player.outcome(await player.connect(keyInput(enteredSecret(player.cast.random))));
  }),

  twoAccounts: story('connect two accounts side by side', async (player) => {
    await Promise.all([connectAs(player, 'work', 'ada'), connectAs(player, 'home', 'bob')]);
  }),

  oneAliasTwice: story('connect two accounts by one alias', async (player) => {
    const attempt = await player.connectFully({ alias: 'work', onExisting: 'add' });
    await player.tryConnect({ alias: 'work', onExisting: 'add' });
    await player.outcome(attempt);
  }),

  shared: story('connect a shared account', async (player) => {
    const sharing = { allowedUserIds: [`${player.userId}-friend`] };
    await player.connectFully({ sharing });
  }),

  existing: story('wait for an account that another system has made', async (player) => {
    const { cast, userId, authConfigId } = player;
    const { id } = await cast.sandbox.seedAccount({ userId, authConfigId, status: 'INITIATED' });
    const method = { existing: { connectedAccountId: id } };
    const attempt = await player.connect({ method });
    await tryStep(() => cast.sandbox.setStatus(id, 'ACTIVE'));
    await player.outcome(attempt);
  }),
};

async function connectAs(player: Player, alias: string, person: string): Promise<void> {
  const attempt = await player.connect({ alias, onExisting: 'add' });
  await player.approve(attempt, player.cast.person(person));
  await player.outcome(attempt);
}
