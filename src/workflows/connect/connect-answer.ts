import type { ApplicationFailure } from '@temporalio/workflow';
import type { OpenedAttempt, RefusalDetails } from '../../activities/index.ts';
import type { ConnectAnswer, ConnectView } from '../../domain/connect/connect.ts';

/** The answer to a caller: the link, or the account if it is ACTIVE by now. */
export function connectAnswerOf(opened: OpenedAttempt, view: ConnectView): ConnectAnswer {
  const { connectionId, connectedAccountId, redirectUrl, expiresAt } = opened;
  if (view.status === 'ACTIVE' || view.outcome?.status === 'ACTIVE') {
    const nothingToOpen = { redirectUrl: null, expiresAt: null };
    return { connectionId, status: 'ACTIVE', connectedAccountId, ...nothingToOpen };
  }
  const status = view.status ?? 'INITIALIZING';
  return { connectionId, status, connectedAccountId, redirectUrl, expiresAt };
}

/**
 * Whether an earlier try may have made an account and lost the answer. Only a refusal of the first
 * try rules that out.
 */
export function mayHaveLostAnswers(refusal: ApplicationFailure): boolean {
  const [details] = (refusal.details ?? []) as [RefusalDetails?];
  return details?.tries !== 1;
}
