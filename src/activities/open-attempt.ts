import { activityInfo, log } from '@temporalio/activity';
import type { ComposioApi } from '../composio/api.ts';
import { accountOf, type AccountSnapshot } from '../domain/account.ts';
import type { ConnectUserInput } from '../domain/connection.ts';
import { MooringError } from '../domain/errors.ts';
import { connectWorkflowId, visibleUserId } from '../domain/hashed-ids.ts';
import { connectionId, markerAlias } from '../domain/ids.ts';
import { isAllowedReturnUrl, parseConnectUserInput } from '../domain/schemas.ts';
import { type ExpectedAccount } from '../domain/settle.ts';
import { type ConnectTimings, gatewayTimings, lookingTimings } from '../domain/timings.ts';
import { calling } from './call.ts';
import { isBlocked } from './gate.ts';
import { removeUnseen } from './removal.ts';

/** What an attempt needs to know of its worker's configuration. */
export interface OpenDependencies {
  api: ComposioApi;
  idKey?: string | undefined;
  /** Origins to which the gateway may send a browser. */
  returnOrigins: readonly string[];
  /** Makes the URL that brings the browser to our gateway; absent when there is no gateway. */
  callbackUrl?: ((claims: CallbackClaims) => string) | undefined;
}

interface CallbackClaims {
  workflowId: string;
  runId: string;
  returnUrl: string | null;
  lifeMs: number;
}

/** An attempt as it stands once its account is there. */
export interface OpenedAttempt extends ExpectedAccount {
  connectionId: string;
  visibleUserId: string;
  /** The account as it was read; null when this attempt has just made it, and so may remove it. */
  found: AccountSnapshot | null;
  redirectUrl: string | null;
  expiresAt: string | null;
  /** From now to the deadline. */
  waitMs: number;
  timings: ConnectTimings;
  /** Which try this was: after the first one, an answer may have been lost. */
  tries: number;
}

/** A callback token outlives its link by this much: people come back to an open tab. */
const tokenSlackMs = 3_600_000;
/** Composio's documented life of a link, for the token that is minted before the link is. */
const longestLinkLifeMs = 600_000;

export function createOpenActivities(deps: OpenDependencies) {
  const { api, idKey } = deps;

  async function open(input: ConnectUserInput, signal: AbortSignal): Promise<OpenedAttempt> {
    const { attempt: tries, workflowExecution } = activityInfo();
    const { workflowId = '', runId = '' } = workflowExecution ?? {};
    const { userId, authConfigId } = input;
    const key = { userId, authConfigId, alias: null };
    if (workflowId !== connectWorkflowId(key, idKey)) {
      throw new MooringError(
        'ERR_INVALID_INPUT',
        `the workflow id of this input is not ${workflowId}`,
      );
    }
    if (input.returnUrl !== undefined) checkReturnUrl(input.returnUrl, deps);

    const withGateway = deps.callbackUrl !== undefined && input.callbackUrl === undefined;
    const method = input.method ?? { link: {} };
    const timings = {
      ...(withGateway && 'link' in method ? gatewayTimings : lookingTimings),
      ...input.timings,
    };
    const attempt = {
      connectionId: connectionId(key),
      visibleUserId: visibleUserId(userId, idKey),
      userId,
      authConfigId,
      timings,
      tries,
    };
    const unlinked = { ...attempt, redirectUrl: null, expiresAt: null };

    if ('existing' in method) {
      const id = method.existing.connectedAccountId;
      const [account, blocked] = await Promise.all([
        api.getAccount(id, signal),
        isBlocked(userId, idKey),
      ]);
      if (blocked) throw userBlocked(userId);
      if (account?.userId !== userId || account.authConfigId !== authConfigId) {
        const message = `no account ${id} of this user and auth config`;
        throw new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId: id });
      }
      const waitMs = input.waitMs ?? timings.existingWaitMs;
      return { ...unlinked, connectedAccountId: id, found: account, waitMs };
    }

    const alias = markerAlias(runId, tries);
    const [listed, blocked] = await Promise.all([
      api.listAccounts({ userId, authConfigId }, signal),
      isBlocked(userId, idKey),
    ]);
    const rows = await removeUnseen(api, listed, tries, signal);
    if (blocked) throw userBlocked(userId);
    const active = rows.find((row) => row.status === 'ACTIVE');
    if (active !== undefined) {
      const own = accountOf(rows, null);
      const reusable = own?.status === 'ACTIVE' && own.accountType === 'PRIVATE';
      if (input.onExisting === 'reuse' && reusable) {
        return { ...unlinked, connectedAccountId: own.id, found: own, waitMs: 0 };
      }
      throw new MooringError('ERR_ALREADY_CONNECTED', `${active.id} is ACTIVE`, {
        connectedAccountId: active.id,
      });
    }

    const callbackUrl =
      input.callbackUrl ??
      deps.callbackUrl?.({
        workflowId,
        runId,
        returnUrl: input.returnUrl ?? null,
        lifeMs: longestLinkLifeMs + tokenSlackMs,
      });
    const link = await api.createLink(
      { userId, authConfigId, alias, ...(callbackUrl === undefined ? {} : { callbackUrl }) },
      signal,
    );
    const { connectedAccountId } = link;
    log.info('link created', { connectedAccountId });
    // Whoever closed the gate has listed since, perhaps before this row was there: so read it again.
    if (await isBlocked(userId, idKey)) {
      await api.deleteAccount(connectedAccountId, { revokeOnDelete: true }, signal);
      throw userBlocked(userId);
    }
    return {
      ...attempt,
      connectedAccountId,
      found: null,
      redirectUrl: link.redirectUrl,
      expiresAt: link.expiresAt,
      waitMs: Math.min(link.lifeMs + timings.slackMs, input.waitMs ?? Infinity),
    };
  }

  return {
    /**
     * Checks the input, refuses what must be refused, and makes the link. Safe to repeat: a row that a
     * lost try has left is found by its marker alias and deleted before the next one is made.
     */
    async openAttempt(input: unknown): Promise<OpenedAttempt> {
      return calling({ waiting: true }, (signal) => open(parseConnectUserInput(input), signal));
    },
  };
}

function checkReturnUrl(returnUrl: string, deps: OpenDependencies) {
  if (deps.callbackUrl === undefined) {
    throw new MooringError(
      'ERR_INVALID_INPUT',
      'returnUrl: needs a gateway; set MOORING_PUBLIC_URL on the worker, or give `callbackUrl`',
      { field: 'returnUrl' },
    );
  }
  if (!isAllowedReturnUrl(returnUrl, deps.returnOrigins)) {
    throw new MooringError(
      'ERR_INVALID_INPUT',
      'returnUrl: its origin is not in MOORING_RETURN_ORIGINS',
      {
        field: 'returnUrl',
      },
    );
  }
}

function userBlocked(userId: string) {
  return new MooringError('ERR_USER_BLOCKED', `user ${userId} gets no connection now`);
}
