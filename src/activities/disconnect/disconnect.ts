import { activityInfo, heartbeat, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import {
  isReplaced,
  isOwnedBy,
  isSibling,
  isTarget,
  type OwnedSnapshot,
  replacedAlias,
  type OwnedAccount,
} from '../../domain/account.ts';
import {
  type RevokeInput,
  type DisconnectPlan,
  type DisconnectReceipt,
  type KeptAccount,
} from '../../domain/disconnect/disconnect.ts';
import { policyOf } from '../../domain/disconnect/policy.ts';
import { parseRevokeInput } from '../../domain/disconnect/schemas.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { userWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { isNeverActive, plannedSteps } from '../../domain/disconnect/next-step.ts';
import {
  type RevocationProgress,
  newRevocationProgress,
} from '../../domain/disconnect/revocation-progress.ts';
import { runCalls } from '../shared/call.ts';
import {
  revokeAndDeleteAccount,
  type RevocationOptions,
  type UnfinishedRevocation,
} from './revoke-account.ts';
import { isBlocked, noSuchAccountError, requireAccountRun } from '../shared/guards.ts';
import { requestKeepDisabled, requestRestore } from '../access/user-run-messages.ts';
import { readAccount } from '../shared/read-account.ts';
import { connectionIdOf, requestReauth, type ReauthConfig } from '../refresh/reauth.ts';
import { notYetFailure } from '../shared/failures.ts';

export interface DisconnectDependencies extends ReauthConfig {
  api: ComposioApi;
}

/**
 * The state before the disconnect. The history keeps it, so that a retry can see what Mooring
 * itself changed.
 */
export interface PreparedDisconnect {
  visibleUserId: string;
  /**
   * From the input, or else from the account. Null: the input has none, and the account reads 404.
   */
  connectionId: string | null;
  memory: RevocationProgress;
  endpoints: readonly EndpointFacts[];
}

/** The account to disconnect, and what is known of it. */
export interface RevokeRequest {
  input: RevokeInput;
  asked: string;
  memory: RevocationProgress;
}

export function createDisconnectActivities(deps: DisconnectDependencies) {
  const { api, idKey, endpoints = [] } = deps;

  return {
    /**
     * Checks the input, compares the owner and finds the siblings. A replaced account gets a marker
     * alias, so that its own alias is free for the new account. Safe to repeat.
     */
    async prepareDisconnect(given: unknown): Promise<PreparedDisconnect> {
      return runCalls({ waiting: false }, async (signal) => {
        const input = parseRevokeInput(given);
        requireAccountRun(input);
        const account = await readOwnedAccount(input, signal);
        if (account !== null && input.reason === 'replaced' && !isReplaced(account)) {
          await api.setAlias(account.id, replacedAlias(account), signal);
        }
        const memory = input.memory ?? newRevocationProgress;
        const facts = account === null ? {} : await known(account, signal);
        // A batch may have read the account earlier. Its first reading wins.
        const before = memory.before === null ? {} : { before: memory.before };
        return {
          visibleUserId: visibleUserId(input.userId, idKey),
          connectionId: input.connectionId ?? (account && connectionIdOf(account)),
          memory: { ...memory, ...facts, ...before },
          endpoints,
        };
      });
    },

    /** Disables an account while its undo window is open. Safe to repeat. */
    async disableForUndo(account: OwnedAccount): Promise<void> {
      await runCalls({ waiting: false }, async (signal) => {
        const before = await readOwnedAccount(account, signal);
        if (before?.status !== 'ACTIVE') return;
        await api.setEnabled(before.id, false, signal);
        const after = await readOwnedAccount(account, signal);
        if (after?.status === 'ACTIVE')
          throw notYetFailure(`account ${before.id} was disabled, but still reads ACTIVE`);
      });
    },

    /**
     * Enables the account that `disableForUndo` disabled. If the user's gate is closed, the user's
     * run restores it later instead. Safe to repeat.
     */
    async undoDisable(account: OwnedAccount): Promise<KeptAccount> {
      return runCalls({ waiting: false }, async (signal) => {
        const { userId, connectedAccountId } = account;
        const before = await readOwnedAccount(account, signal);
        const status = before?.status ?? null;
        if (before?.status !== 'INACTIVE') return { userId, connectedAccountId, status };
        if (await isBlocked(userId, idKey)) {
          await requestRestore(userWorkflowId(userId, idKey), before);
          return { userId, connectedAccountId, status };
        }
        await api.setEnabled(before.id, true, signal);
        const after = await readOwnedAccount(account, signal);
        if (after?.status === 'INACTIVE')
          throw notYetFailure(`account ${before.id} was enabled, but still reads INACTIVE`);
        return { userId, connectedAccountId, status: after?.status ?? null };
      });
    },

    /**
     * Revokes and deletes an account as far as possible now. A retry continues from the progress of
     * earlier tries.
     */
    async revokeAndDelete({
      input,
      asked,
      memory,
    }: RevokeRequest): Promise<DisconnectReceipt | UnfinishedRevocation> {
      const { attempt, heartbeatDetails } = activityInfo();
      let latest = (heartbeatDetails ?? memory) as RevocationProgress;
      const isRepeated = attempt > 1 && latest.keptBy !== attempt - 1;
      return runCalls({ waiting: false, settled: () => latest }, async (signal) => {
        const options: RevocationOptions = {
          ...input,
          policy: { ...policyOf(input.reason), ...input.policy },
          asked,
          memory: latest,
          isRepeated,
          onMemory(readFacts) {
            latest = readFacts;
            heartbeat(readFacts);
          },
        };
        const end = await revokeAndDeleteAccount(api, input, options, signal).catch(
          (error: unknown) => {
            latest = { ...latest, keptBy: attempt };
            throw error;
          },
        );
        const { connectedAccountId, reason } = input;
        const state = 'proof' in end ? end.proof : 'unsettled';
        // A pause may have disabled the account before, and would enable it again with the others.
        if ('proof' in end && end.statusAfter === 'INACTIVE')
          await requestKeepDisabled(input, idKey);
        log.info('revokeAndDelete finished', { connectedAccountId, reason, state });
        return end;
      });
    },

    /**
     * Reads the siblings of an account whose grant was revoked. If a sibling is EXPIRED, the
     * backend is notified. Composio notices most dead grants only at the next renewal, and a sweep
     * relies on Composio.
     */
    async checkSiblings({ userId, siblings }: Pick<DisconnectReceipt, 'userId' | 'siblings'>) {
      return runCalls({ waiting: false }, async (signal): Promise<string[]> => {
        const dead: string[] = [];
        for (const id of siblings) {
          const account = await api.getAccount(id, signal, { userId });
          if (account === null || !isOwnedBy(account, userId)) continue;
          if (account.status !== 'EXPIRED') continue;
          dead.push(id);
          await requestReauth(account, deps);
        }
        return dead;
      });
    },

    /** Returns what a disconnect would do now. Only reads. */
    async readDisconnectPlan(given: unknown): Promise<DisconnectPlan> {
      return runCalls({ waiting: true }, async (signal) => {
        const input = parseRevokeInput(given);
        const { userId, connectedAccountId } = input;
        const account = await readOwnedAccount(input, signal);
        const siblings = account === null ? [] : await listSiblings(account, signal);
        const policy = { ...policyOf(input.reason), ...input.policy };
        return {
          userId,
          connectedAccountId,
          connectionId: account && connectionIdOf(account),
          toolkit: account?.toolkit ?? null,
          status: account?.status ?? null,
          ...plannedSteps(account, siblings, policy),
          siblings,
        };
      });
    },
  };

  /** An account of another user is never written to and never reported. */
  async function readOwnedAccount(
    target: OwnedAccount & { authConfigId?: string },
    signal: AbortSignal,
  ): Promise<OwnedSnapshot | null> {
    const { userId, connectedAccountId } = target;
    const account = await readAccount(api, connectedAccountId, signal, { userId });
    if (account === null || isTarget(account, target)) return account;
    throw noSuchAccountError({ connectedAccountId });
  }

  async function known(account: OwnedSnapshot, signal: AbortSignal) {
    const { status, authConfigId, toolkit, alias } = account;
    const siblings = await listSiblings(account, signal);
    const before = { status, authConfigId, toolkit, alias };
    return { before, wasActive: !isNeverActive(account), siblings };
  }

  async function listSiblings(account: OwnedSnapshot, signal: AbortSignal): Promise<string[]> {
    const rows = await api.listAccounts(account, signal);
    return rows.filter((row) => isSibling(row, account)).map((row) => row.id);
  }
}
