import {
  CancellationScope,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { EndAnswer, EndInput, RetireView } from '../../domain/disconnect/disconnect.ts';
import { orRefused } from '../refusals.ts';
import {
  reportSignal,
  retireViewQuery,
  searchAttributeKeys as keys,
} from '../../protocol/messages.ts';
import { releasing } from './options.ts';
import { answerOf, startEnd } from './start-revoke.ts';

/** Another run took the account in between, or somebody terminated our disconnect. */
const againMs = 1_000;

/**
 * Disconnects one account that another run holds: `retire/{accountId}`. It outlives the attempt that starts it. It asks
 * the run that holds the account to finish, waits for it, and then starts `revokeThenDelete`. If that other run has
 * disconnected the account itself, nothing is left to do.
 *
 * An event always reports the result. Every result is a value. A cancel, of either kind, changes nothing.
 */
export async function retireAccount(input: EndInput): Promise<EndAnswer> {
  const { connectedAccountId, reason } = input;
  const view: RetireView = { phase: 'waiting', reason };
  setHandler(retireViewQuery, () => view);
  setHandler(reportSignal, () => log.info('an event will report this end', { connectedAccountId }));

  return CancellationScope.nonCancellable(async () => {
    const answer = await orRefused(story);
    show('settled');
    return answer;
  });

  async function story(): Promise<EndAnswer> {
    for (;;) {
      show('waiting');
      const receipt = await releasing().releaseAccount(input);
      if (receipt !== null) return { receipt };
      show('ending');
      const run = await startEnd({ ...input, isReported: true });
      const answer = run && (await answerOf(run));
      if (answer !== null && !('kept' in answer)) return answer;
      await sleep(againMs);
    }
  }

  function show(phase: RetireView['phase']): void {
    view.phase = phase;
    upsertSearchAttributes([{ key: keys.phase, value: phase === 'settled' ? null : phase }]);
    setCurrentDetails(`**${phase}** (${connectedAccountId}, ${reason})`);
  }
}
