import { ApplicationFailure, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import type { AccountSnapshot, AccountStatus, Sharing } from '../../domain/account.ts';
import { admissionOf, sharingFor } from '../../domain/connect/admission.ts';
import { MooringError } from '../../domain/errors.ts';
import { type AttemptRun, isFromEarlierRun, tryOf } from '../../domain/ids.ts';
import { redirectLifeMs } from '../../domain/timings.ts';
import { parseConnectUserRequest } from '../../domain/connect/schemas.ts';
import { runCalls } from '../shared/call.ts';
import { isBlocked, isBusy } from '../shared/guards.ts';
import {
  type AttemptConfig,
  type AttemptFacts,
  attemptRun,
  unsealMethod,
  prepareAttempt,
} from './prepare-attempt.ts';
import { withoutSharing } from '../shared/read-account.ts';
import { removeLeftovers } from './remove-account.ts';
import { defined } from '../../domain/defined.ts';

export interface OpenDependencies extends AttemptConfig {
  api: ComposioApi;
}

/** An attempt after its account was created or found. */
export interface OpenedAttempt extends AttemptFacts {
  connectedAccountId: string;
  /** The account as it was read; null if this attempt created it, so that it may delete it. */
  found: AccountSnapshot | null;
  /** The status in the answer to the create call. With credentials it is ACTIVE at once. */
  status?: AccountStatus;
  /**
   * The user has other ACTIVE accounts of this auth config. They may share the grant of this
   * account.
   */
  hasSiblings?: boolean;
  redirectUrl: string | null;
  expiresAt: string | null;
  /** From now to the deadline. */
  waitMs: number;
}

export function createOpenActivities(deps: OpenDependencies) {
  const { api, idKey } = deps;

  return {
    /**
     * Checks the input, refuses invalid requests, and creates the link or account. Safe to repeat.
     * If a lost try left an account, the next try finds it by its marker alias and deletes it
     * before it creates another. The same applies to an account of a run that a workflow reset has
     * ended. But if its user has finished, that account becomes this attempt's account.
     */
    async openAttempt(input: unknown, originalRunId?: string): Promise<OpenedAttempt> {
      return runCalls({ waiting: true }, async (signal) => {
        const request = parseConnectUserRequest(input);
        const { method = { link: {} }, waitMs } = request;
        const run = attemptRun(originalRunId);
        const prepared = prepareAttempt(request, deps, run);
        const { facts } = prepared;

        if ('existing' in method) {
          const account = await findOwnAccount(facts, method.existing.connectedAccountId, signal);
          return toOpenedAttempt(facts, account, waitMs ?? facts.timings.existingWaitMs);
        }
        // Open the sealed credentials first: if that fails, nothing has been read or created.
        const given = unsealMethod(request, facts, deps);
        if (given.scheme?.val.status === 'ACTIVE' && request.confirm === 'required') {
          const message = 'confirm: is not possible with credentials: no browser comes back';
          throw new MooringError('ERR_INVALID_INPUT', message, { field: 'confirm' });
        }
        const rows = await listOwnAccounts(facts, run, signal);
        const finished = rows.find((row) => isFromEarlierRun(row.alias, run) && isActive(row));
        if (finished !== undefined) {
          const { id: connectedAccountId, status } = finished;
          const hasSiblings = rows.some((row) => row !== finished && isActive(row));
          const lasting = Math.min(waitMs ?? Infinity, facts.timings.existingWaitMs);
          const linkless = { redirectUrl: null, expiresAt: null, waitMs: lasting };
          return { ...facts, ...linkless, connectedAccountId, status, found: null, hasSiblings };
        }
        const { account, refusal } = admissionOf(rows, request);
        if (account?.status === 'ACTIVE') await requireNotBusy(account);
        if (refusal !== null) throw refusal;
        if (account !== null) return toOpenedAttempt(facts, withoutSharing(account), 0);

        const hasSiblings = rows.some(isActive);
        const sharing = sharingFor(rows, request);
        const draft = { ...prepared, ...given, sharing, hasSiblings };
        const { lifeMs, ...rest } = await makeAccount(draft, signal);
        const lasting = Math.min(waitMs ?? Infinity, lifeMs + facts.timings.slackMs);
        return { ...facts, ...rest, found: null, hasSiblings, waitMs: lasting };
      });
    },

    /**
     * Returns the facts for the event about an attempt that failed to open while its caller waited.
     * Makes no API call.
     */
    async resolveAttemptFacts(input: unknown): Promise<AttemptFacts> {
      return prepareAttempt(parseConnectUserRequest(input), deps).facts;
    },
  };

  /** Reads an account that another party created. Mooring does not create or delete it. */
  async function findOwnAccount(facts: AttemptFacts, id: string, signal: AbortSignal) {
    const { userId, authConfigId } = facts;
    const [account] = await Promise.all([
      api.getAccount(id, signal, { userId }),
      requireOpenGate(userId),
    ]);
    if (account?.userId === userId && account.authConfigId === authConfigId) {
      await requireNotBusy(account);
      return account;
    }
    const message = `this user and auth config have no account ${id}`;
    throw new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId: id });
  }

  /** Lists the existing accounts and deletes those that earlier tries left. */
  async function listOwnAccounts(facts: AttemptFacts, run: AttemptRun, signal: AbortSignal) {
    const [listed, blocked] = await Promise.all([
      api.listAccounts(facts, signal),
      isBlocked(facts.userId, idKey),
    ]);
    const isLeftover = ({ alias, status }: AccountSnapshot) =>
      (tryOf(alias, run) ?? Infinity) < facts.tries ||
      (isFromEarlierRun(alias, run) && status !== 'ACTIVE' && status !== 'INACTIVE');
    const rows = await removeLeftovers(api, listed, isLeftover, signal);
    // Temporal believed that this worker was dead, and another worker runs a later try. Its account
    // must stay.
    if (rows.some((row) => (tryOf(row.alias, run) ?? 0) > facts.tries)) {
      throw ApplicationFailure.create({ type: 'SUPERSEDED', message: 'a later try is running' });
    }
    if (blocked) throw userBlockedError();
    return rows;
  }

  async function makeAccount(
    { facts, marker, callbackUrl, scheme, connectionData, sharing, hasSiblings }: AccountDraft,
    signal: AbortSignal,
  ) {
    const { userId, authConfigId } = facts;
    const asked = { userId, authConfigId, alias: marker, ...defined({ sharing }) };
    // Credentials need no browser, so no callback URL is sent.
    const isCallbackNeeded = callbackUrl !== undefined && scheme?.val.status !== 'ACTIVE';
    const account = { ...asked, ...(isCallbackNeeded && { callbackUrl }) };
    const made =
      scheme === undefined
        ? await createLink({ ...account, ...(connectionData && { connectionData }) }, signal)
        : await createAccount({ ...account, scheme }, signal);
    const { connectedAccountId } = made;
    log.info('account created', { connectedAccountId, status: made.status });
    // An access run that closed the gate may have listed the accounts before this one existed. So
    // read the gate again.
    if (await isBlocked(userId, idKey)) {
      await api.deleteAccount(connectedAccountId, { revokeOnDelete: !hasSiblings }, signal);
      throw userBlockedError();
    }
    return made;
  }

  async function createLink(asked: Parameters<ComposioApi['createLink']>[0], signal: AbortSignal) {
    return { ...(await api.createLink(asked, signal)), status: 'INITIALIZING' as const };
  }

  async function createAccount(
    account: Parameters<ComposioApi['createAccount']>[0],
    signal: AbortSignal,
  ) {
    const created = await api.createAccount(account, signal);
    const expiresAt = new Date(Date.now() + redirectLifeMs).toISOString();
    const lifeMs = redirectLifeMs;
    return { ...created, lifeMs, expiresAt: created.redirectUrl === null ? null : expiresAt };
  }

  async function requireNotBusy({ id }: AccountSnapshot): Promise<void> {
    if (!(await isBusy(id))) return;
    const message = `another operation on account ${id} is running; try again later`;
    throw new MooringError('ERR_ACCOUNT_BUSY', message, { connectedAccountId: id });
  }

  async function requireOpenGate(userId: string): Promise<void> {
    if (await isBlocked(userId, idKey)) throw userBlockedError();
  }
}

type AccountDraft = ReturnType<typeof prepareAttempt> &
  ReturnType<typeof unsealMethod> & { sharing: Sharing | undefined; hasSiblings: boolean };

function isActive({ status }: AccountSnapshot): boolean {
  return status === 'ACTIVE';
}

function toOpenedAttempt(
  facts: AttemptFacts,
  account: AccountSnapshot,
  waitMs: number,
): OpenedAttempt {
  const { id: connectedAccountId } = account;
  const linkless = { redirectUrl: null, expiresAt: null };
  return { ...facts, ...linkless, connectedAccountId, found: account, waitMs };
}

function userBlockedError(): MooringError {
  const message = 'this user’s access is closed: lapsed, being offboarded or blocked';
  return new MooringError('ERR_USER_BLOCKED', message);
}
