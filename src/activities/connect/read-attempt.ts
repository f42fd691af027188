import { activityInfo, ApplicationFailure, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { ComposioApi } from '../../composio/api.ts';
import {
  type ExpectedAccount,
  isPending,
  type Reading,
} from '../../domain/connect/judge-reading.ts';
import { type ConnectTimings, lookDelayMs } from '../../domain/timings.ts';
import { runCalls } from '../shared/call.ts';
import { isBlocked } from '../shared/guards.ts';

export interface ReadDependencies {
  api: ComposioApi;
  idKey?: string | undefined;
}

/** The activities of an attempt that only read, so they are safe to repeat. */
export function createReadActivities({ api, idKey }: ReadDependencies) {
  async function readAccountAndGate(
    expected: ExpectedAccount,
    signal: AbortSignal,
  ): Promise<Reading> {
    const { connectedAccountId, userId } = expected;
    // The first activity of this run created the account for this user, or compared its owner.
    const account = await api.getAccount(connectedAccountId, signal, { userId, isKnown: true });
    const blocked = account?.status === 'ACTIVE' && (await isBlocked(expected.userId, idKey));
    return { account, isBlocked: blocked };
  }

  return {
    /** Reads the account. If it is ACTIVE, also reads the user's gate. */
    async readAttempt(expected: ExpectedAccount): Promise<Reading> {
      return runCalls({ waiting: false }, (signal) => readAccountAndGate(expected, signal));
    },

    /**
     * The scheduled look, for callbacks that never arrive. It is one activity, and Temporal spaces
     * its retries, so that looks add no events to the history. The first try only waits for the
     * first delay. Each later try reads once. Returns a reading that decides something, or null
     * after the last look.
     */
    async lookAtAttempt(
      look: ExpectedAccount & { timings: ConnectTimings },
    ): Promise<Reading | null> {
      const { attempt } = activityInfo();
      if (attempt > 1) {
        const reading = await runCalls({ waiting: false }, (signal) =>
          readAccountAndGate(look, signal),
        ).catch((error: unknown) => {
          // If the API fails now, the next look asks again.
          const { connectedAccountId } = look;
          const failed = { connectedAccountId, attempt, error: String(error) };
          log.warn('scheduled look at the account failed', failed);
          return null;
        });
        if (reading !== null && (reading.account === null || !isPending(reading.account.status))) {
          return reading;
        }
      }
      const nextRetryDelay = lookDelayMs(look.timings, attempt);
      if (nextRetryDelay === null) return null;
      throw ApplicationFailure.create({
        type: 'LATER',
        message: `account ${look.connectedAccountId} is still pending, the next look follows`,
        nextRetryDelay,
        category: ApplicationFailureCategory.BENIGN,
      });
    },
  };
}
