import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import { type AccountTarget, isTarget, type OwnedSnapshot } from '../../domain/account.ts';
import {
  decideRefresh,
  type Finding,
  goneFinding,
  type HealResult,
  type HealContext,
  judgeRefresh,
  judgeRefusal,
} from '../../domain/refresh/decide-refresh.ts';
import { noSuchAccountError } from '../shared/guards.ts';
import { defined } from '../../domain/defined.ts';

export interface HealRequest extends HealContext {
  /** Where Composio sends the browser of a user who authorizes again. A secret. */
  callbackUrl?: string | undefined;
  validateCredentials?: boolean | undefined;
  /**
   * Called beside the first read. If it returns true and the account still needs a refresh, the
   * refresh is skipped.
   */
  isReauthPending?: ((connectedAccountId: string) => Promise<boolean>) | undefined;
  /**
   * Called when the refresh may have had an effect. An error after that means that the effect was
   * not read back.
   */
  onWrite?: (() => void) | undefined;
}

export interface HealReport {
  heal: HealResult;
  /** The account as last read; null when it is gone. */
  account: OwnedSnapshot | null;
  /**
   * A capability for the caller only: it must not appear in a batch's result, a log or an event.
   */
  redirectUrl: string | null;
  /** The account was not refreshed, because its user has been notified already. */
  hasPendingReauth: boolean;
}

/**
 * Reads an account, refreshes it at most once if it needs that, and reads it again. Safe to repeat
 * with the same `statusBefore`, because every write follows a read that asks for it. Two concurrent
 * calls for one account are not safe: hold `account/{id}`, or be the only batch with this account.
 *
 * Throws ERR_ACCOUNT_NOT_FOUND if the account belongs to another user. Throws ApiError if the API
 * fails, or if an answer was lost and the account reads as before.
 */
export async function healAccount(
  api: ComposioApi,
  target: AccountTarget,
  options: HealRequest,
  signal?: AbortSignal,
): Promise<HealReport> {
  const { connectedAccountId: id, userId } = target;
  const [before, hasPendingReauth = false] = await Promise.all([
    api.getAccount(id, signal, { userId }),
    options.isReauthPending?.(id),
  ]);
  if (before === null) return toHealReport(null, goneFinding);
  if (!isTarget(before, target)) throw noSuchAccountError(target);
  const decision = decideRefresh(before, options);
  if (decision !== 'refresh') return toHealReport(before, decision);
  if (hasPendingReauth)
    return {
      ...toHealReport(before, { outcome: 'reauth_required', reason: null }),
      hasPendingReauth,
    };

  const sent = await sendRefresh(api, id, options, signal);
  if (sent.kind !== 'refused') options.onWrite?.();
  const after = await api.getAccount(id, signal, { userId, isKnown: true });
  if (sent.kind === 'lost' && before.status !== 'ACTIVE' && after?.status === before.status) {
    throw sent.error; // not applied, or not yet; the next try reads first
  }
  const judge = sent.kind === 'refused' ? judgeRefusal : judgeRefresh;
  const redirectUrl = sent.kind === 'answered' ? sent.redirectUrl : null;
  const isRefreshed = sent.kind !== 'refused';
  const isUnproven = sent.kind === 'lost';
  const found = judge(before, after);
  return toHealReport(after && { ...after, userId }, found, {
    isRefreshed,
    isUnproven,
    redirectUrl,
  });
}

type SentRefresh =
  | { kind: 'answered'; redirectUrl: string | null }
  | { kind: 'refused' }
  | { kind: 'lost'; error: ApiError };

async function sendRefresh(
  api: ComposioApi,
  id: string,
  { callbackUrl, validateCredentials }: HealRequest,
  signal: AbortSignal | undefined,
): Promise<SentRefresh> {
  try {
    const request = {
      ...defined({ redirectUrl: callbackUrl, validateCredentials }),
    };
    const answer = await api.refreshAccount(id, request, signal);
    return { kind: 'answered', redirectUrl: answer?.redirectUrl ?? null };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isRefusal(error)) return { kind: 'refused' };
    if (error.ambiguous) return { kind: 'lost', error };
    throw error;
  }
}

/**
 * The scheme has nothing to renew, the status does not allow a refresh, or the endpoint no longer
 * exists.
 */
function isRefusal({ status, fault }: ApiError): boolean {
  return [400, 409, 410, 422, 501].includes(status ?? 0) && fault !== 'leased';
}

function toHealReport(
  account: OwnedSnapshot | null,
  finding: Finding,
  sent = { isRefreshed: false, isUnproven: false, redirectUrl: null as string | null },
): HealReport {
  const { redirectUrl, ...written } = sent;
  const { status = null, statusReason = null } = account ?? {};
  // An account that is usable again, or disconnected, needs no link.
  const hasUseForLink = finding.outcome === 'reauth_required' || finding.outcome === 'made_worse';
  return {
    heal: { ...finding, status, statusReason, ...written },
    account,
    redirectUrl: hasUseForLink ? redirectUrl : null,
    hasPendingReauth: false,
  };
}
