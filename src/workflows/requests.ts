import { ApplicationFailure, currentUpdateInfo } from '@temporalio/workflow';
import { type Answered, type Asked, differingField } from '../domain/same-request.ts';

/**
 * Refuses a caller whose request differs from this run's. Call it in an update's validator. Temporal
 * does not store a refusal from a validator, so a later repeat runs again, and a replay runs no
 * validator. The request that started this run always passes. If its caller has changed it since,
 * the answer says which request it answers.
 */
export function requireMatchingRequest(
  own: { asked: Asked; requestId: string | undefined },
  asked: Asked,
  toFailure: (field: string) => ApplicationFailure,
): void {
  if (own.requestId !== undefined && currentUpdateInfo()?.id === own.requestId) return;
  const field = differingField(own.asked, asked);
  if (field !== null) throw toFailure(field);
}

/** Adds to an answer or a refusal which request it answers, if the caller sent a call id. */
export async function answerWithAsked<T extends object>(
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
