import {
  ActivityFailure,
  condition,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { ToldReading } from '../../activities/index.ts';
import type { NeedsUserInput, ToldEnd, ToldView } from '../../domain/refresh/refresh.ts';
import { nextReadMs, resolveToldTimings, toldEnd } from '../../domain/refresh/reauth.ts';
import { announce } from '../events/send-event.ts';
import { asRefusal } from '../refusals.ts';
import { hintSignal, searchAttributeKeys as keys, toldViewQuery } from '../../protocol/messages.ts';
import { remembering } from './options.ts';

/**
 * The memory that a user was told that his account needs him: `told/{accountId}`. Sends
 * `connection.reauth_required` once, reads the account now and then, or when hinted, and sends
 * `connection.healed` when it is ACTIVE again, by whatever hand. While it is open nobody refreshes that
 * account or tells him again.
 *
 * Writes nothing and locks nothing. Every end is a value, but where its input is refused or
 * the run is cancelled.
 */
export async function needsUser(input: NeedsUserInput): Promise<{ ended: ToldEnd }> {
  const timings = resolveToldTimings(input.timings);
  const view: ToldView = {
    phase: 'reading',
    connectionId: null,
    told: false,
    status: null,
    reads: 0,
    hints: 0,
    ended: null,
  };
  const began = Date.now();
  let heard = 0;
  let readAt = began;
  setHandler(toldViewQuery, () => view);
  setHandler(hintSignal, () => {
    view.hints++;
  });

  for (;;) {
    const seen = await read();
    const ended = seen && toldEnd(seen.account);
    if (seen !== null) {
      if (ended === null && !view.told) {
        view.told = true;
        await tell('connection.reauth_required', seen);
      }
      if (ended === 'healed' && view.told) await tell('connection.healed', seen);
    }
    if (ended !== null) return settle(ended);
    const left = timings.keepMs - (Date.now() - began);
    if (left <= 0) return settle('forgotten');
    await wait(left);
  }

  async function read(): Promise<ToldReading | null> {
    view.phase = 'reading';
    heard = view.hints;
    readAt = Date.now();
    try {
      const seen = await remembering().readTold(input);
      view.reads++;
      view.connectionId = seen.connectionId ?? view.connectionId;
      view.status = seen.account?.status ?? view.status;
      return seen;
    } catch (error) {
      if (isCancellation(error) || !isPassing(error)) throw error;
      log.warn('a read has failed, others follow', { error: String(error) });
      return null;
    }
  }

  async function wait(left: number): Promise<void> {
    view.phase = 'waiting';
    setCurrentDetails(`**waiting** for the user of ${input.connectedAccountId}`);
    const due = Math.min(nextReadMs(timings, Date.now() - began), left);
    await condition(() => view.hints > heard, due);
    const tooSoon = readAt + timings.hintSpacingMs - Date.now();
    if (view.hints > heard && tooSoon > 0) await sleep(tooSoon);
  }

  async function tell(
    type: 'connection.reauth_required' | 'connection.healed',
    { account, connectionId, endpoints }: ToldReading,
  ): Promise<void> {
    if (account === null || connectionId === null) return;
    const { id: connectedAccountId, userId, authConfigId, toolkit, status, statusReason } = account;
    const data = { userId, authConfigId, toolkit, status, statusReason };
    const n = type === 'connection.healed' ? 2 : 1;
    await announce(endpoints, { type, connectionId, connectedAccountId, data }, n);
  }

  function settle(ended: ToldEnd): { ended: ToldEnd } {
    Object.assign(view, { phase: 'settled', ended });
    upsertSearchAttributes([
      { key: keys.phase, value: null },
      { key: keys.outcome, value: ended },
    ]);
    setCurrentDetails(`**${ended}** ${input.connectedAccountId}`);
    return { ended };
  }
}

/** A refused input stays refused. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return asRefusal(error).type !== 'ERR_INVALID_INPUT';
}
