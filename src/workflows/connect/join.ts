import { ApplicationFailure, currentUpdateInfo } from '@temporalio/workflow';
import type { OpenedAttempt, RefusalDetails } from '../../activities/index.ts';
import { type Answered, type Asked, differingField } from '../../domain/asked.ts';
import type { ConnectAnswer, ConnectView } from '../../domain/connect/connect.ts';

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

/** Whether an earlier try may have made an account of which nobody knows: only a first try's refusal rules it out. */
export function mayHaveLostAnswers(refusal: ApplicationFailure): boolean {
  const [details] = (refusal.details ?? []) as [RefusalDetails?];
  return details?.tries !== 1;
}
