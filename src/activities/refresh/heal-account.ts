import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import { type AccountSnapshot, isOwnedBy, type OwnedSnapshot } from '../../domain/account.ts';
import {
  decide,
  type Finding,
  gone,
  type Heal,
  type HealWish,
  judgeRefresh,
  judgeRefusal,
} from '../../domain/refresh/decide-refresh.ts';
import type { ExpectedAccount } from '../../domain/connect/judge-reading.ts';
import { noSuchAccount } from '../shared/own-run.ts';

/** The account to heal, and its owner, who is compared before anything is written. */
export type HealTarget = Pick<ExpectedAccount, 'connectedAccountId' | 'userId'> &
  Partial<Pick<ExpectedAccount, 'authConfigId'>>;

export interface HealRequest extends HealWish {
  /** Where Composio sends the browser of a user who authorises anew. A secret. */
  callbackUrl?: string | undefined;
  validateCredentials?: boolean | undefined;
  /** Asked beside the first read: of whom it is true, and who does not know it yet, is not refreshed again. */
  isTold?: ((connectedAccountId: string) => Promise<boolean>) | undefined;
  /** Called once the refresh may have had an effect: whatever is thrown after it leaves that effect unread. */
  onWrite?: (() => void) | undefined;
}

export interface Healing {
  heal: Heal;
  /** The account as last read; null when it is gone. */
  account: OwnedSnapshot | null;
  /** A capability, for the one who asked for it: it has no place in a batch's result, a log or an event. */
  redirectUrl: string | null;
  /** It was left as it is, since its user has been told. */
  told: boolean;
}

/**
 * Reads an account, refreshes it at most once if that is what it needs, and reads it back. Safe to repeat
 * with the same `statusBefore`: every write follows a read that asks for it. Two calls for one account at
 * once are not: hold `account/{id}`, or be the only batch that has it.
 *
 * Throws ERR_ACCOUNT_NOT_FOUND when it is somebody else's, and ApiError when the API is away, or when an
 * answer was lost and the account reads as it did before.
 */
export async function healAccount(
  api: ComposioApi,
  target: HealTarget,
  options: HealRequest,
  signal?: AbortSignal,
): Promise<Healing> {
  const { connectedAccountId: id, userId } = target;
  const [before, told = false] = await Promise.all([
    api.getAccount(id, signal, { userId }),
    options.isTold?.(id),
  ]);
  if (before === null) return healing(null, gone);
  if (!isOf(before, target)) throw noSuchAccount(target);
  const decision = decide(before, options);
  if (decision !== 'refresh') return healing(before, decision);
  if (told) return { ...healing(before, { outcome: 'needs_user', reason: null }), told };

  const sent = await refresh(api, id, options, signal);
  if (sent.kind !== 'refused') options.onWrite?.();
  const after = await api.getAccount(id, signal, { userId, isKnown: true });
  if (sent.kind === 'lost' && before.status !== 'ACTIVE' && after?.status === before.status) {
    throw sent.error; // not applied, or not yet: the next try reads first
  }
  const judge = sent.kind === 'refused' ? judgeRefusal : judgeRefresh;
  const redirectUrl = sent.kind === 'answered' ? sent.redirectUrl : null;
  const refreshed = sent.kind !== 'refused';
  const unproven = sent.kind === 'lost';
  const found = judge(before, after);
  return healing(after && { ...after, userId }, found, { refreshed, unproven, redirectUrl });
}

type Sent =
  | { kind: 'answered'; redirectUrl: string | null }
  | { kind: 'refused' }
  | { kind: 'lost'; error: ApiError };

async function refresh(
  api: ComposioApi,
  id: string,
  { callbackUrl, validateCredentials }: HealRequest,
  signal: AbortSignal | undefined,
): Promise<Sent> {
  try {
    const wish = {
      ...(callbackUrl !== undefined && { redirectUrl: callbackUrl }),
      ...(validateCredentials !== undefined && { validateCredentials }),
    };
    const answer = await api.refreshAccount(id, wish, signal);
    return { kind: 'answered', redirectUrl: answer?.redirectUrl ?? null };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isRefusal(error)) return { kind: 'refused' };
    if (error.ambiguous) return { kind: 'lost', error };
    throw error;
  }
}

/** Its scheme has nothing to renew, its state does not allow it, or the endpoint is no more. */
function isRefusal({ status, fault }: ApiError): boolean {
  return [400, 409, 410, 422, 501].includes(status ?? 0) && fault !== 'leased';
}

function isOf(row: AccountSnapshot, target: HealTarget): row is OwnedSnapshot {
  const { connectedAccountId, userId, authConfigId } = target;
  const sameConfig = authConfigId === undefined || row.authConfigId === authConfigId;
  return row.id === connectedAccountId && isOwnedBy(row, userId) && sameConfig;
}

function healing(
  account: OwnedSnapshot | null,
  finding: Finding,
  sent = { refreshed: false, unproven: false, redirectUrl: null as string | null },
): Healing {
  const { redirectUrl, ...written } = sent;
  const { status = null, statusReason = null } = account ?? {};
  // An account that is usable again, or ended, has no use for a link.
  const url = finding.outcome === 'needs_user' || finding.outcome === 'made_worse';
  return {
    heal: { ...finding, status, statusReason, ...written },
    account,
    redirectUrl: url ? redirectUrl : null,
    told: false,
  };
}
