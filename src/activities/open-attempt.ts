import { activityInfo, ApplicationFailure, log } from '@temporalio/activity';
import type { ComposioApi } from '../composio/api.ts';
import { accountOf, type AccountSnapshot } from '../domain/account.ts';
import { MooringError } from '../domain/errors.ts';
import { tryOf } from '../domain/ids.ts';
import { parseConnectUserInput } from '../domain/schemas.ts';
import { calling } from './call.ts';
import { isBlocked, isBusy } from './gate.ts';
import { type AttemptConfig, type AttemptFacts, prepareAttempt } from './prepare-attempt.ts';
import { removeUnseen } from './removal.ts';

export interface OpenDependencies extends AttemptConfig {
  api: ComposioApi;
}

/** An attempt as it stands once its account is there. */
export interface OpenedAttempt extends AttemptFacts {
  connectedAccountId: string;
  /** The account as it was read; null when this attempt has just made it, and so may remove it. */
  found: AccountSnapshot | null;
  redirectUrl: string | null;
  expiresAt: string | null;
  /** From now to the deadline. */
  waitMs: number;
}

export function createOpenActivities(deps: OpenDependencies) {
  const { api, idKey } = deps;

  return {
    /**
     * Checks the input, refuses what must be refused, and makes the link. Safe to repeat: a row that a
     * lost try has left is found by its marker alias and deleted before the next one is made.
     */
    async openAttempt(input: unknown): Promise<OpenedAttempt> {
      return calling({ waiting: true }, async (signal) => {
        const checked = parseConnectUserInput(input);
        const { onExisting = 'fail', method = { link: {} }, waitMs } = checked;
        const { facts, alias, callbackUrl } = prepareAttempt(checked, deps);

        if ('existing' in method) {
          const account = await findOwn(facts, method.existing.connectedAccountId, signal);
          return found(facts, account, waitMs ?? facts.timings.existingWaitMs);
        }
        const rows = await listOwn(facts, signal);
        const active = rows.find((row) => row.status === 'ACTIVE');
        if (active === undefined) {
          const link = await makeLink(facts, alias, callbackUrl, signal);
          const { lifeMs, ...rest } = link;
          const lasting = Math.min(waitMs ?? Infinity, lifeMs + facts.timings.slackMs);
          return { ...facts, ...rest, found: null, waitMs: lasting };
        }
        await requireNotBusy(active);
        const own = accountOf(rows, null);
        const reusable = own?.status === 'ACTIVE' && own.accountType === 'PRIVATE';
        if (onExisting === 'reuse' && reusable) return found(facts, own, 0);
        throw new MooringError('ERR_ALREADY_CONNECTED', `${active.id} is ACTIVE`, {
          connectedAccountId: active.id,
        });
      });
    },
  };

  /** An account that somebody else has made: read, and never made or removed by us. */
  async function findOwn(facts: AttemptFacts, id: string, signal: AbortSignal) {
    const { userId, authConfigId } = facts;
    const [account] = await Promise.all([api.getAccount(id, signal), requireOpenGate(userId)]);
    if (account?.userId === userId && account.authConfigId === authConfigId) {
      await requireNotBusy(account);
      return account;
    }
    const message = `no account ${id} of this user and auth config`;
    throw new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId: id });
  }

  /** What is there already, but for the rows that earlier tries have left, which are deleted. */
  async function listOwn(facts: AttemptFacts, signal: AbortSignal) {
    const [listed, blocked] = await Promise.all([
      api.listAccounts(facts, signal),
      isBlocked(facts.userId, idKey),
    ]);
    const rows = await removeUnseen(api, listed, (tries) => tries < facts.tries, signal);
    // This worker was taken for dead, and another has gone on: what that one made is alive.
    const { runId = '' } = activityInfo().workflowExecution ?? {};
    if (rows.some((row) => (tryOf(row.alias, runId) ?? 0) > facts.tries)) {
      throw ApplicationFailure.create({ type: 'SUPERSEDED', message: 'a later try is under way' });
    }
    if (blocked) throw userBlocked();
    return rows;
  }

  async function makeLink(
    { userId, authConfigId }: AttemptFacts,
    alias: string,
    callbackUrl: string | undefined,
    signal: AbortSignal,
  ) {
    const asked = { userId, authConfigId, alias, ...(callbackUrl && { callbackUrl }) };
    const link = await api.createLink(asked, signal);
    log.info('link created', { connectedAccountId: link.connectedAccountId });
    // Whoever closed the gate has listed since, perhaps before this row was there: so read it again.
    if (await isBlocked(userId, idKey)) {
      await api.deleteAccount(link.connectedAccountId, { revokeOnDelete: true }, signal);
      throw userBlocked();
    }
    return link;
  }

  async function requireNotBusy({ id }: AccountSnapshot): Promise<void> {
    if (!(await isBusy(id))) return;
    const message = `another operation on ${id} is under way`;
    throw new MooringError('ERR_ACCOUNT_BUSY', message, { connectedAccountId: id });
  }

  async function requireOpenGate(userId: string): Promise<void> {
    if (await isBlocked(userId, idKey)) throw userBlocked();
  }
}

function found(facts: AttemptFacts, account: AccountSnapshot, waitMs: number): OpenedAttempt {
  const { id: connectedAccountId } = account;
  const linkless = { redirectUrl: null, expiresAt: null };
  return { ...facts, ...linkless, connectedAccountId, found: account, waitMs };
}

function userBlocked(): MooringError {
  return new MooringError('ERR_USER_BLOCKED', 'this user’s access is closed');
}
