import { activityInfo, ApplicationFailure, heartbeat, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import {
  isOwnedBy,
  isReplaced,
  isSibling,
  type OwnedSnapshot,
  replacedAlias,
  type OwnedAccount,
} from '../../domain/account.ts';
import {
  type EndInput,
  type EndPlan,
  type EndReceipt,
  type KeptAccount,
  policyOf,
} from '../../domain/disconnect/disconnect.ts';
import { parseEndInput } from '../../domain/disconnect/schemas.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { userWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { neverWasActive, plannedSteps } from '../../domain/disconnect/next-step.ts';
import { type EndMemory, newMemory } from '../../domain/disconnect/memory.ts';
import { calling } from '../shared/call.ts';
import { endAccount, type EndOptions, type Unsettled } from './revoke-account.ts';
import { isBlocked } from '../shared/user-gate.ts';
import { leaveDisabled, owe } from '../access/pause-ledger.ts';
import { noSuchAccount, requireAccountRun } from '../shared/own-run.ts';
import { readAccount } from '../shared/read-account.ts';
import { connectionOf, tellUser, type ToldConfig } from '../refresh/reauth.ts';

export interface EndingDependencies extends ToldConfig {
  api: ComposioApi;
}

/** What was so before anything was done. It stands in the history, so that a repeat can tell what we did. */
export interface PreparedEnd {
  visibleUserId: string;
  /** As the input says, or else as the account says; null: it does not say, and the account reads 404. */
  connectionId: string | null;
  memory: EndMemory;
  endpoints: readonly EndpointFacts[];
}

/** What is to be ended, and what is known of it. */
export interface EndRequest {
  input: EndInput;
  asked: string;
  memory: EndMemory;
}

export function createEndingActivities(deps: EndingDependencies) {
  const { api, idKey, endpoints = [] } = deps;

  return {
    /**
     * Checks the input, compares the owner and looks up the siblings. One that was replaced gives its alias to
     * the new account, and bears a mark for as long as it is there. Safe to repeat.
     */
    async prepareEnding(given: unknown): Promise<PreparedEnd> {
      return calling({ waiting: false }, async (signal) => {
        const input = parseEndInput(given);
        requireAccountRun(input);
        const account = await readOwned(input, signal);
        if (account !== null && input.reason === 'superseded' && !isReplaced(account)) {
          await api.setAlias(account.id, replacedAlias(account), signal);
        }
        const memory = input.memory ?? newMemory;
        const facts = account === null ? {} : await known(account, signal);
        // As a batch has found it, if one had it before.
        const before = memory.before === null ? {} : { before: memory.before };
        return {
          visibleUserId: visibleUserId(input.userId, idKey),
          connectionId: input.connectionId ?? (account && connectionOf(account)),
          memory: { ...memory, ...facts, ...before },
          endpoints,
        };
      });
    },

    /** Disables an account that may yet be kept. Safe to repeat. */
    async setAside(account: OwnedAccount): Promise<void> {
      await calling({ waiting: false }, async (signal) => {
        const before = await readOwned(account, signal);
        if (before?.status !== 'ACTIVE') return;
        await api.setEnabled(before.id, false, signal);
        const after = await readOwned(account, signal);
        if (after?.status === 'ACTIVE') throw notYet('disabled, and still ACTIVE');
      });
    },

    /** Enables what `setAside` has disabled, unless its user’s gate is closed: it comes back with that. Safe to repeat. */
    async giveBack(account: OwnedAccount): Promise<KeptAccount> {
      return calling({ waiting: false }, async (signal) => {
        const { userId, connectedAccountId } = account;
        const before = await readOwned(account, signal);
        const status = before?.status ?? null;
        if (before?.status !== 'INACTIVE') return { userId, connectedAccountId, status };
        if (await isBlocked(userId, idKey)) {
          await owe(userWorkflowId(userId, idKey), before);
          return { userId, connectedAccountId, status };
        }
        await api.setEnabled(before.id, true, signal);
        const after = await readOwned(account, signal);
        if (after?.status === 'INACTIVE') throw notYet('enabled, and still INACTIVE');
        return { userId, connectedAccountId, status: after?.status ?? null };
      });
    },

    /** Ends an account as far as it can be ended now. A try goes on from what the ones before have known. */
    async endOwned({ input, asked, memory }: EndRequest): Promise<EndReceipt | Unsettled> {
      const { attempt, heartbeatDetails } = activityInfo();
      let latest = (heartbeatDetails ?? memory) as EndMemory;
      const repeated = attempt > 1 && latest.keptBy !== attempt - 1;
      return calling({ waiting: false, settled: () => latest }, async (signal) => {
        const options: EndOptions = {
          ...input,
          policy: { ...policyOf(input.reason), ...input.policy },
          asked,
          memory: latest,
          repeated,
          onMemory(known) {
            latest = known;
            heartbeat(known);
          },
        };
        const end = await endAccount(api, input, options, signal).catch((error: unknown) => {
          latest = { ...latest, keptBy: attempt };
          throw error;
        });
        const { connectedAccountId, reason } = input;
        const state = 'proof' in end ? end.proof : 'unsettled';
        // A pause that had disabled it before would enable it with the rest.
        if ('proof' in end && end.statusAfter === 'INACTIVE') await leaveDisabled(input, idKey);
        log.info('account ended', { connectedAccountId, reason, state });
        return end;
      });
    },

    /**
     * Reads the siblings of an account whose grant was revoked: the user of one that has died of it is told.
     * Composio learns of most at its next renewal only, and a sweep from Composio.
     */
    async probeSiblings({ userId, siblings }: Pick<EndReceipt, 'userId' | 'siblings'>) {
      return calling({ waiting: false }, async (signal): Promise<string[]> => {
        const dead: string[] = [];
        for (const id of siblings) {
          const account = await api.getAccount(id, signal, { userId });
          if (account === null || !isOwnedBy(account, userId)) continue;
          if (account.status !== 'EXPIRED') continue;
          dead.push(id);
          await tellUser(account, deps);
        }
        return dead;
      });
    },

    /** What a disconnect would do now. Only reads. */
    async planEnding(given: unknown): Promise<EndPlan> {
      return calling({ waiting: true }, async (signal) => {
        const input = parseEndInput(given);
        const { userId, connectedAccountId } = input;
        const account = await readOwned(input, signal);
        const siblings = account === null ? [] : await siblingsOf(account, signal);
        const policy = { ...policyOf(input.reason), ...input.policy };
        return {
          userId,
          connectedAccountId,
          connectionId: account && connectionOf(account),
          toolkit: account?.toolkit ?? null,
          status: account?.status ?? null,
          ...plannedSteps(account, siblings, policy),
          siblings,
        };
      });
    },
  };

  /** A row of anybody else's is never written to, and never told of. */
  async function readOwned(
    { userId, connectedAccountId, authConfigId }: OwnedAccount & { authConfigId?: string },
    signal: AbortSignal,
  ): Promise<OwnedSnapshot | null> {
    const account = await readAccount(api, connectedAccountId, signal, { userId });
    if (account === null) return null;
    const isOther = authConfigId !== undefined && account.authConfigId !== authConfigId;
    if (isOwnedBy(account, userId) && !isOther) return account;
    throw noSuchAccount({ connectedAccountId });
  }

  async function known(account: OwnedSnapshot, signal: AbortSignal) {
    const { status, authConfigId, toolkit, alias } = account;
    const siblings = await siblingsOf(account, signal);
    const before = { status, authConfigId, toolkit, alias };
    return { before, wasActive: !neverWasActive(account), siblings };
  }

  async function siblingsOf(account: OwnedSnapshot, signal: AbortSignal): Promise<string[]> {
    const rows = await api.listAccounts(account, signal);
    return rows.filter((row) => isSibling(row, account)).map((row) => row.id);
  }
}

/** The API said yes and does not show it: asked again later. */
function notYet(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'NOT_YET', message });
}
