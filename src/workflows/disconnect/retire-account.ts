import {
  CancellationScope,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type {
  DisconnectResult,
  RevokeInput,
  RetireView,
} from '../../domain/disconnect/disconnect.ts';
import { catchRefusal } from '../refusals.ts';
import {
  reportSignal,
  retireViewQuery,
  searchAttributeKeys as keys,
} from '../../protocol/messages.ts';
import { releaseActivities } from './options.ts';
import { readRunResult, startRevoke } from './start-revoke.ts';

/**
 * The pause after another run took the account in between, or somebody terminated our disconnect.
 */
const againMs = 1_000;

/**
 * Disconnects one account that another run holds: `retire/{accountId}`. It outlives the attempt
 * that starts it. It asks the run that holds the account to finish, waits for it, and then starts
 * `revokeThenDelete`. If that other run has disconnected the account itself, nothing is left to do.
 *
 * An event always reports the result. Every result is a value. A cancel, of either kind, changes
 * nothing.
 */
export async function retireAccount(input: RevokeInput): Promise<DisconnectResult> {
  const { connectedAccountId, reason } = input;
  const view: RetireView = { phase: 'waiting', reason };
  setHandler(retireViewQuery, () => view);
  setHandler(reportSignal, () =>
    log.info('an event will report this disconnect', { connectedAccountId }),
  );

  return CancellationScope.nonCancellable(async () => {
    const answer = await catchRefusal(disconnectAccount);
    enterPhase('settled');
    return answer;
  });

  async function disconnectAccount(): Promise<DisconnectResult> {
    for (;;) {
      enterPhase('waiting');
      const receipt = await releaseActivities().waitForAccountRelease(input);
      if (receipt !== null) return { receipt };
      enterPhase('disconnecting');
      const run = await startRevoke({ ...input, isReported: true });
      const answer = run && (await readRunResult(run));
      if (answer !== null && !('kept' in answer)) return answer;
      await sleep(againMs);
    }
  }

  function enterPhase(phase: RetireView['phase']): void {
    view.phase = phase;
    upsertSearchAttributes([{ key: keys.phase, value: phase === 'settled' ? null : phase }]);
    setCurrentDetails(`**${phase}** (${connectedAccountId}, ${reason})`);
  }
}
