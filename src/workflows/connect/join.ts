import { TimeoutFailure } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, currentUpdateInfo } from '@temporalio/workflow';
import type { OpenedAttempt, RefusalDetails } from '../../activities/index.ts';
import { type Answered, type Asked, differingField } from '../../domain/asked.ts';
import type { ConnectAnswer, ConnectView } from '../../domain/connect/connect.ts';
import { type ErrorCode, isErrorCode, type Refused } from '../../domain/errors.ts';

/**
 * Refuses a caller whose request differs from this run's; `refuse` makes the failure. Call it in an update's
 * validator. Temporal does not store a refusal from there, so a later repeat runs again. A replay runs no validator,
 * so the caller's payload decides nothing in a replay. The request that started this run always passes: if its
 * caller has changed it since, the answer says which request it answers.
 */
export function requireSameWish(
  own: { asked: Asked; requestId: string | undefined },
  asked: Asked,
  refuse: (field: string) => ApplicationFailure,
): void {
  if (own.requestId !== undefined && currentUpdateInfo()?.id === own.requestId) return;
  const field = differingField(own.asked, asked);
  if (field !== null) throw refuse(field);
}

/** If a caller wants to know, an update's answer or refusal says what it answers: `asked`, by what the run knows. */
export async function answering<T extends object>(
  asked: Asked,
  call: string | undefined,
  answer: () => Promise<T>,
): Promise<Answered<T>> {
  const toWhat = typeof call === 'string' ? { asked, call } : {};
  try {
    return { ...(await answer()), ...toWhat };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const { message, type, details } = error;
    const [first = {}] = (details ?? []) as [object?];
    throw ApplicationFailure.nonRetryable(message, type, { ...first, ...toWhat });
  }
}

/** What a caller is given for his request: the link, or the account when that is ACTIVE by now. */
export function answerOf(opened: OpenedAttempt, view: ConnectView): ConnectAnswer {
  const { connectionId, connectedAccountId, redirectUrl, expiresAt } = opened;
  if (view.status === 'ACTIVE' || view.outcome?.status === 'ACTIVE') {
    const nothingToOpen = { redirectUrl: null, expiresAt: null };
    return { connectionId, status: 'ACTIVE', connectedAccountId, ...nothingToOpen };
  }
  const status = view.status ?? 'INITIALIZING';
  return { connectionId, status, connectedAccountId, redirectUrl, expiresAt };
}

/** Why no attempt could be opened, as its callers hear it: an error code as the failure's type. */
export function asRefusal({ cause }: ActivityFailure): ApplicationFailure {
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    return ApplicationFailure.nonRetryable(cause.message, cause.type, ...(cause.details ?? []));
  }
  if (isNeverTried(cause)) {
    // A caller who gets this answer got it from a worker.
    const message = 'no worker has taken this in time';
    return ApplicationFailure.nonRetryable(message, 'ERR_WORKER_BUSY');
  }
  const message = 'Composio has not answered in time';
  return ApplicationFailure.nonRetryable(message, 'ERR_API_UNAVAILABLE');
}

/** No try has lived to report anything, or there was none. */
function isNeverTried(cause: Error | undefined): boolean {
  if (!(cause instanceof TimeoutFailure)) return false;
  return cause.cause === undefined || isNeverTried(cause.cause);
}

/** What a run answers, or the same for a caller who reads its result. */
export async function orRefused<T>(story: () => Promise<T>): Promise<T | { refused: Refused }> {
  try {
    return await story();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const refusal = asRefusal(error);
    const { tries: _, ...details } = (refusal.details?.[0] ?? {}) as Partial<RefusalDetails>;
    return {
      refused: { code: refusal.type as ErrorCode, message: refusal.message, ...details },
    };
  }
}

/** Whether an earlier try may have made an account of which nobody knows: only a first try's refusal rules it out. */
export function mayHaveLostAnswers(refusal: ApplicationFailure): boolean {
  const [details] = (refusal.details ?? []) as [RefusalDetails?];
  return details?.tries !== 1;
}
