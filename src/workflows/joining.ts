import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { OpenedAttempt, RefusalDetails } from '../activities/index.ts';
import type { ConnectAnswer, ConnectUserRequest, ConnectView } from '../domain/connection.ts';
import { type ErrorCode, isErrorCode, type Refused } from '../domain/errors.ts';

/**
 * What two calls must agree on to share one attempt, and first of all who it is for: the answer is a
 * capability. The rest (metadata, timings) is the first caller's. Sealed credentials are never the same
 * twice, so with them nobody joins.
 */
const shared = [
  'userId',
  'authConfigId',
  'method',
  'onExisting',
  'returnUrl',
  'callbackUrl',
  'alias',
  'replaces',
  'sameIdentity',
  'sharing',
  'confirm',
] as const;
const defaults = { method: { link: {} }, onExisting: 'fail', confirm: 'none' };

/** The field in which a second call wants something else than the open attempt, or null when it may join. */
export function differingField(
  open: ConnectUserRequest,
  request: ConnectUserRequest,
): (typeof shared)[number] | null {
  const [a, b] = [open, request].map((input) => ({ ...defaults, ...input }) as ConnectUserRequest);
  return shared.find((field) => JSON.stringify(a?.[field]) !== JSON.stringify(b?.[field])) ?? null;
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
  const message = 'Composio has not answered in time';
  return ApplicationFailure.nonRetryable(message, 'ERR_API_UNAVAILABLE');
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
