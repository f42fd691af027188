import { activityInfo, ApplicationFailure, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { ComposioApi } from '../../composio/api.ts';
import {
  type ExpectedAccount,
  isPending,
  type Reading,
} from '../../domain/connect/judge-reading.ts';
import { type ConnectTimings, lookDelayMs } from '../../domain/timings.ts';
import { calling } from '../shared/call.ts';
import { isBlocked } from '../shared/user-gate.ts';

export interface ReadDependencies {
  api: ComposioApi;
  idKey?: string | undefined;
}

/** The reading half of an attempt: nothing here writes, so everything is safe to repeat. */
export function createReadActivities({ api, idKey }: ReadDependencies) {
  async function read(expected: ExpectedAccount, signal: AbortSignal): Promise<Reading> {
    const { connectedAccountId, userId } = expected;
    // The first activity of the run has made it for this user, or has asked whose it is.
    const account = await api.getAccount(connectedAccountId, signal, { userId, isKnown: true });
    const blocked = account?.status === 'ACTIVE' && (await isBlocked(expected.userId, idKey));
    return { account, blocked };
  }

  return {
    /** Reads the account, and the user's gate when it is ACTIVE. */
    async readAttempt(expected: ExpectedAccount): Promise<Reading> {
      return calling({ waiting: false }, (signal) => read(expected, signal));
    },

    /**
     * The safety net for callbacks that never arrive: one activity whose retries Temporal spaces, so
     * that looks cost no events. Its first try only asks to be called again after the first delay;
     * each later one looks once. Ends with a reading that decides something, or null after the last.
     */
    async lookAtAttempt(
      look: ExpectedAccount & { timings: ConnectTimings },
    ): Promise<Reading | null> {
      const { attempt } = activityInfo();
      if (attempt > 1) {
        const reading = await calling({ waiting: false }, (signal) => read(look, signal)).catch(
          (error: unknown) => {
            // An API that does not answer now is asked again at the next look.
            log.warn('look failed', { attempt, error: String(error) });
            return null;
          },
        );
        if (reading !== null && (reading.account === null || !isPending(reading.account.status))) {
          return reading;
        }
      }
      const nextRetryDelay = lookDelayMs(look.timings, attempt);
      if (nextRetryDelay === null) return null;
      throw ApplicationFailure.create({
        type: 'LATER',
        message: 'not settled yet',
        nextRetryDelay,
        category: ApplicationFailureCategory.BENIGN,
      });
    },
  };
}
