import { activityInfo, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { type AccountStatus, isOwnedBy, type OwnedSnapshot } from '../../domain/account.ts';
import { visibleUserId } from '../../domain/hashed-ids.ts';
import {
  decideRefresh,
  type Finding,
  goneFinding,
  type HealResult,
  isReauthRequired,
} from '../../domain/refresh/decide-refresh.ts';
import type { ReauthInput, RefreshInput } from '../../domain/refresh/refresh.ts';
import { parseRefreshInput } from '../../domain/refresh/schemas.ts';
import { gatewayTimings, redirectLifeMs } from '../../domain/timings.ts';
import { runCalls } from '../shared/call.ts';
import { isBlocked, noSuchAccountError, requireAccountRun } from '../shared/guards.ts';
import { healAccount } from './heal-account.ts';
import { disableHealedIfBlocked } from '../access/disable-if-blocked.ts';
import {
  type AttemptConfig,
  type AttemptFacts,
  checkReturnUrl,
  tokenLifeMs,
} from '../connect/prepare-attempt.ts';
import { withoutSharing } from '../shared/read-account.ts';
import { connectionIdOf, isReauthPending, requestReauth, type ReauthConfig } from './reauth.ts';
import { defined } from '../../domain/defined.ts';

export interface RefreshDependencies extends AttemptConfig, ReauthConfig {
  api: ComposioApi;
}

/**
 * The state before the refresh. The history keeps it, so that a retry can see what Mooring itself
 * changed.
 */
export interface PreparedRefresh {
  /** The result if it is known already; null: the account must be refreshed. */
  finding: Finding | null;
  /** Null: it reads 404. */
  account: OwnedSnapshot | null;
  facts: AttemptFacts | null;
  /**
   * The status of the account, or EXPIRED if it is known to have been so before Mooring refreshed
   * it.
   */
  statusBefore: AccountStatus | null;
  /** The user was notified, and the re-authentication is still pending. */
  hasPendingReauth: boolean;
}

export interface RefreshedAccount {
  heal: HealResult;
  account: OwnedSnapshot | null;
  redirectUrl: string | null;
  expiresAt: string | null;
  /** From now to the deadline. */
  waitMs: number;
}

export function createRefreshActivities(deps: RefreshDependencies) {
  const { api, idKey, endpoints } = deps;

  return {
    /**
     * Checks the input, compares the owner, and decides whether the account must be refreshed. Only
     * reads.
     */
    async prepareRefresh(given: unknown): Promise<PreparedRefresh> {
      return runCalls({ waiting: true }, async (signal) => {
        const input = parseRefreshInput(given);
        const { userId, connectedAccountId: id, returnUrl, mode = 'heal' } = input;
        requireAccountRun(input);
        if (returnUrl !== undefined) checkReturnUrl(returnUrl, deps);

        const [account, blocked, hasPendingReauth] = await Promise.all([
          api.getAccount(id, signal, { userId }),
          isBlocked(userId, idKey),
          isReauthPending(id),
        ]);
        if (account === null) {
          return {
            finding: goneFinding,
            account: null,
            facts: null,
            statusBefore: null,
            hasPendingReauth,
          };
        }
        if (!isOwnedBy(account, userId)) throw noSuchAccountError(input);
        const isUserPresent = returnUrl !== undefined;
        // A user is notified only of an EXPIRED account. If it is not ACTIVE now, our refresh
        // changed it.
        const isRefreshedByUs = hasPendingReauth && account.status !== 'ACTIVE';
        const statusBefore = isRefreshedByUs ? 'EXPIRED' : account.status;
        const decision = decideRefresh(account, { mode, statusBefore, isUserPresent });
        return {
          finding: findingOf(decision, { blocked, hasPendingReauth, isUserPresent }),
          account: withoutSharing(account),
          facts: factsOf(input, account),
          statusBefore,
          hasPendingReauth,
        };
      });
    },

    /**
     * Refreshes the account if it still needs it and reads it again. If re-authentication is
     * required and the user is not present, it notifies the backend. Safe to repeat with the same
     * `statusBefore`.
     */
    async refreshAccount(
      request: RefreshInput & { authConfigId: string; statusBefore: AccountStatus },
    ): Promise<RefreshedAccount> {
      return runCalls({ waiting: true }, async (signal) => {
        const { mode = 'heal', returnUrl, validateCredentials, statusBefore, timings } = request;
        const { workflowId = '', runId = '' } = activityInfo().workflowExecution ?? {};
        const isUserPresent = returnUrl !== undefined;
        const claims = { workflowId, runId, expiresAt: Date.now() + tokenLifeMs };
        const callbackUrl = isUserPresent
          ? deps.callbackUrl?.({ ...claims, returnUrl })
          : undefined;
        const options = { mode, statusBefore, isUserPresent, callbackUrl, validateCredentials };
        const healReport = await healAccount(api, request, options, signal);
        const { heal, account, redirectUrl } = await disableHealedIfBlocked(
          deps,
          healReport,
          signal,
        );
        const { outcome, isRefreshed } = heal;
        log.info('refresh finished', { connectedAccountId: request.connectedAccountId, outcome });
        // If the user is not present, nobody asked for a link, so the link is dropped.
        const url = isUserPresent ? redirectUrl : null;
        if (account !== null && isReauthRequired(heal) && url === null) {
          await requestReauth(account, deps, timings?.reauth);
        }
        const slackMs = timings?.slackMs ?? gatewayTimings.slackMs;
        return {
          heal,
          account: account && withoutSharing(account),
          redirectUrl: url,
          expiresAt:
            url !== null && isRefreshed
              ? new Date(Date.now() + redirectLifeMs).toISOString()
              : null,
          waitMs: Math.min(request.waitMs ?? Infinity, redirectLifeMs + slackMs),
        };
      });
    },

    /** Notifies the backend of a user who was present but did not finish. Safe to repeat. */
    async startReauth(account: ReauthInput & { authConfigId: string }): Promise<boolean> {
      const { connectedAccountId: id, userId, authConfigId, timings } = account;
      return requestReauth({ id, userId, authConfigId }, deps, timings);
    },
  };

  function factsOf(input: RefreshInput, account: OwnedSnapshot): AttemptFacts {
    const { reauth: _, ...timings } = input.timings ?? {};
    return {
      connectionId: connectionIdOf(account),
      visibleUserId: visibleUserId(account.userId, idKey),
      userId: account.userId,
      authConfigId: account.authConfigId,
      timings: { ...gatewayTimings, ...timings },
      tries: activityInfo().attempt,
      ...defined({ endpoints }),
    };
  }
}

/**
 * Null: refresh the account. If the user was notified and is not present, the account is not
 * refreshed and no event is sent again.
 */
function findingOf(
  decision: 'refresh' | Finding,
  {
    blocked,
    hasPendingReauth,
    isUserPresent,
  }: { blocked: boolean; hasPendingReauth: boolean; isUserPresent: boolean },
): Finding | null {
  if (decision !== 'refresh') return decision;
  // The user's access is closed. It must be restored before the account can be healed.
  if (blocked) return { outcome: 'paused', reason: null };
  return hasPendingReauth && !isUserPresent ? { outcome: 'reauth_required', reason: null } : null;
}
