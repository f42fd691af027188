import { activityInfo, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { type AccountStatus, isOwnedBy, type OwnedSnapshot } from '../../domain/account.ts';
import { visibleUserId } from '../../domain/hashed-ids.ts';
import {
  decide,
  type Finding,
  gone,
  type Heal,
  needsUser,
} from '../../domain/refresh/decide-refresh.ts';
import type { NeedsUserInput, RefreshInput } from '../../domain/refresh/refresh.ts';
import { parseRefreshInput } from '../../domain/refresh/schemas.ts';
import { gatewayTimings, redirectLifeMs } from '../../domain/timings.ts';
import { calling } from '../shared/call.ts';
import { isBlocked } from '../shared/user-gate.ts';
import { healAccount } from './heal-account.ts';
import { healedWithinAccess } from '../access/hold-back.ts';
import { noSuchAccount, requireAccountRun } from '../shared/own-run.ts';
import {
  type AttemptConfig,
  type AttemptFacts,
  checkReturnUrl,
  tokenLifeMs,
} from '../connect/prepare-attempt.ts';
import { withoutSharing } from '../shared/read-account.ts';
import { connectionOf, isTold, tellUser, type ToldConfig } from './reauth.ts';

export interface RefreshDependencies extends AttemptConfig, ToldConfig {
  api: ComposioApi;
}

/** What was so before anything was done. It stands in the history, so that a repeat can tell what we did. */
export interface PreparedRefresh {
  /** What there is to say at once; null: it has to be refreshed. */
  finding: Finding | null;
  /** Null: it reads 404. */
  account: OwnedSnapshot | null;
  facts: AttemptFacts | null;
  /** The account's, or EXPIRED where it is known to have been so before it was refreshed. */
  statusBefore: AccountStatus | null;
  /** The user was told, and is remembered. */
  told: boolean;
}

export interface RefreshedAccount {
  heal: Heal;
  account: OwnedSnapshot | null;
  redirectUrl: string | null;
  expiresAt: string | null;
  /** From now to the deadline. */
  waitMs: number;
}

export function createRefreshActivities(deps: RefreshDependencies) {
  const { api, idKey, endpoints } = deps;

  return {
    /** Checks the input, compares the owner, and says whether there is anything to refresh. Only reads. */
    async prepareRefresh(given: unknown): Promise<PreparedRefresh> {
      return calling({ waiting: true }, async (signal) => {
        const input = parseRefreshInput(given);
        const { userId, connectedAccountId: id, returnUrl, mode = 'heal' } = input;
        requireAccountRun(input);
        if (returnUrl !== undefined) checkReturnUrl(returnUrl, deps);

        const [account, blocked, told] = await Promise.all([
          api.getAccount(id, signal, { userId }),
          isBlocked(userId, idKey),
          isTold(id),
        ]);
        if (account === null) {
          return { finding: gone, account: null, facts: null, statusBefore: null, told };
        }
        if (!isOwnedBy(account, userId)) throw noSuchAccount(input);
        const attended = returnUrl !== undefined;
        // Only of what was EXPIRED is a user told; what reads INITIATED since was refreshed by us.
        const ours = told && account.status !== 'ACTIVE';
        const statusBefore = ours ? 'EXPIRED' : account.status;
        const decision = decide(account, { mode, statusBefore, attended });
        return {
          finding: findingOf(decision, { blocked, told, attended }),
          account: withoutSharing(account),
          facts: factsOf(input, account),
          statusBefore,
          told,
        };
      });
    },

    /**
     * Refreshes the account if it still needs it, reads it back, and has its user told unless he is there.
     * Safe to repeat with the same `statusBefore`.
     */
    async refreshAccount(
      request: RefreshInput & { authConfigId: string; statusBefore: AccountStatus },
    ): Promise<RefreshedAccount> {
      return calling({ waiting: true }, async (signal) => {
        const { mode = 'heal', returnUrl, validateCredentials, statusBefore, timings } = request;
        const { workflowId = '', runId = '' } = activityInfo().workflowExecution ?? {};
        const attended = returnUrl !== undefined;
        const claims = { workflowId, runId, expiresAt: Date.now() + tokenLifeMs };
        const callbackUrl = attended ? deps.callbackUrl?.({ ...claims, returnUrl }) : undefined;
        const options = { mode, statusBefore, attended, callbackUrl, validateCredentials };
        const healing = await healAccount(api, request, options, signal);
        const { heal, account, redirectUrl } = await healedWithinAccess(deps, healing, signal);
        const { outcome, refreshed } = heal;
        log.info('account read', { connectedAccountId: request.connectedAccountId, outcome });
        // A link that nobody asked for is given to nobody.
        const url = attended ? redirectUrl : null;
        if (account !== null && needsUser(heal) && url === null) {
          await tellUser(account, deps, timings?.told);
        }
        const slackMs = timings?.slackMs ?? gatewayTimings.slackMs;
        return {
          heal,
          account: account && withoutSharing(account),
          redirectUrl: url,
          expiresAt:
            url !== null && refreshed ? new Date(Date.now() + redirectLifeMs).toISOString() : null,
          waitMs: Math.min(request.waitMs ?? Infinity, redirectLifeMs + slackMs),
        };
      });
    },

    /** Has the user told after all, who was there and did not come to an end. Safe to repeat. */
    async tellUserOf(account: NeedsUserInput & { authConfigId: string }): Promise<boolean> {
      const { connectedAccountId: id, userId, authConfigId, timings } = account;
      return tellUser({ id, userId, authConfigId }, deps, timings);
    },
  };

  function factsOf(input: RefreshInput, account: OwnedSnapshot): AttemptFacts {
    const { told: _, ...timings } = input.timings ?? {};
    return {
      connectionId: connectionOf(account),
      visibleUserId: visibleUserId(account.userId, idKey),
      userId: account.userId,
      authConfigId: account.authConfigId,
      timings: { ...gatewayTimings, ...timings },
      tries: activityInfo().attempt,
      ...(endpoints && { endpoints }),
    };
  }
}

/** Null: refresh it. A user who has been told is not told again, nor his account refreshed, unless he is there. */
function findingOf(
  decision: 'refresh' | Finding,
  { blocked, told, attended }: { blocked: boolean; told: boolean; attended: boolean },
): Finding | null {
  if (decision !== 'refresh') return decision;
  // His access is somebody's decision: it is given back first, then healed.
  if (blocked) return { outcome: 'paused', reason: null };
  return told && !attended ? { outcome: 'needs_user', reason: null } : null;
}
