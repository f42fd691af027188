import { setTimeout as sleep } from 'node:timers/promises';
import { story } from './story.ts';
import { tryStep } from './person-steps.ts';
import { blindTimings } from './timings.ts';

/** A user and a link. */
export const connecting = {
  approve: story('approve', async (player) => {
    const attempt = await player.connect();
    await player.approve(attempt);
    await player.outcome(attempt);
  }),

  deny: story('deny', async (player) => {
    const attempt = await player.connect();
    await player.deny(attempt);
    await player.outcome(attempt);
  }),

  abandonAtLinkPage: story('open the link, turn back', async (player) => {
    const attempt = await player.connect({ waitMs: 6_000 });
    const { redirectUrl } = attempt;
    const back = await tryStep(async () =>
      redirectUrl === null ? null : player.cast.person().cancelAtLinkPage(redirectUrl),
    );
    await player.comeBack(back);
    await player.outcome(attempt);
  }),

  abandon: story('open the link, abandon it', async (player) => {
    const attempt = await player.connect({ waitMs: 5_000 });
    await tryStep(async () => player.cast.person().open(attempt.redirectUrl ?? ''));
    await player.outcome(attempt);
  }),

  neverOpen: story('never open the link', async (player) => {
    await player.outcome(await player.connect({ waitMs: 4_000 }));
  }),

  closeTab: story('approve, lose the callback', async (player) => {
    const attempt = await player.connect();
    await player.approveOnly(attempt);
    await player.outcome(attempt);
  }),

  cancel: story('connect, cancel', async (player) => {
    const attempt = await player.connect();
    await sleep(player.cast.random.between(0, 2_000));
    await player.cancel(attempt);
    await player.outcome(attempt);
  }),

  cancelAfterConsent: story('approve, lose the callback, cancel', async (player) => {
    const attempt = await player.connect({ timings: blindTimings });
    await player.approveOnly(attempt);
    await player.cancel(attempt);
    await player.outcome(attempt);
  }),

  cancelDuringConsent: story('cancel while the person consents', async (player) => {
    const attempt = await player.connect();
    await Promise.all([player.approve(attempt), player.cancel(attempt)]);
    await player.outcome(attempt);
  }),

  comeLate: story('come after the attempt has expired', async (player) => {
    const attempt = await player.connect({ waitMs: 4_000 });
    const { redirectUrl } = attempt;
    const consent = await tryStep(async () => player.cast.person().reachConsent(redirectUrl ?? ''));
    await player.outcome(attempt);
    await player.comeBack(await tryStep(async () => (consent ? consent.allow() : null)));
    await player.outcome(attempt);
  }),

  clickTwiceWithOneId: story('click twice with one request id', async (player) => {
    const requestId = player.newId();
    const [attempt] = await Promise.all([
      player.connect({ requestId }),
      player.tryConnect({ requestId }),
    ]);
    await player.approve(attempt);
    await player.outcome(attempt);
    await player.tryConnect({ requestId });
  }),

  clickTwiceWithTwoIds: story('click twice with two request ids', async (player) => {
    const [attempt] = await Promise.all([player.connect(), player.tryConnect()]);
    await player.approve(attempt);
    await player.outcome(attempt);
  }),

  clickAgain: story('click again after coming back', async (player) => {
    const attempt = await player.connectFully();
    await player.tryConnect();
    await player.outcome(attempt);
  }),

  clickAgainToReuse: story('ask again to reuse the account', async (player) => {
    const attempt = await player.connectFully();
    await player.tryConnect({ onExisting: 'reuse' });
    await player.outcome(attempt);
  }),

  startAgain: story('deny, then approve a second attempt', async (player) => {
    const first = await player.connect();
    await player.deny(first);
    await player.outcome(first);
    await player.connectFully();
  }),

  loseLink: story('lose the answer of the link call', async (player) => {
    const { cast, userId } = player;
    const route = 'POST /connected_accounts/link';
    await cast.fault({ route, userId, fault: { kind: 'applyThenDrop' } });
    const attempt = await player.connect();
    await player.approve(attempt);
    await player.outcome(attempt);
  }),

  refuseComma: story('ask for a user id with a comma', async (player) => {
    const userId = `${player.userId},${player.userId}`;
    await player.tryConnect({ userId });
    await player.connectFully();
  }),
};
