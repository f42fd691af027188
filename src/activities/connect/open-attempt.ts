import { ApplicationFailure, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import type { AccountSnapshot, AccountStatus, Sharing } from '../../domain/account.ts';
import { admit, sharingFor } from '../../domain/connect/admission.ts';
import { MooringError } from '../../domain/errors.ts';
import { type AttemptRun, isOfRunBefore, tryOf } from '../../domain/ids.ts';
import { redirectLifeMs } from '../../domain/timings.ts';
import { parseConnectUserRequest } from '../../domain/connect/schemas.ts';
import { calling } from '../shared/call.ts';
import { isBlocked, isBusy } from '../shared/user-gate.ts';
import {
  type AttemptConfig,
  type AttemptFacts,
  attemptRun,
  openedMethod,
  prepareAttempt,
} from './prepare-attempt.ts';
import { withoutSharing } from '../shared/read-account.ts';
import { removeUnseen } from './remove-account.ts';

export interface OpenDependencies extends AttemptConfig {
  api: ComposioApi;
}

/** An attempt as it stands once its account is there. */
export interface OpenedAttempt extends AttemptFacts {
  connectedAccountId: string;
  /** The account as it was read; null when this attempt has just made it, and so may remove it. */
  found: AccountSnapshot | null;
  /** What the API answered to the call that made it; credentials make it ACTIVE at once. */
  status?: AccountStatus;
  /** There were ACTIVE accounts beside it: what is removed may share its grant with one of them. */
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
     * Checks the input, refuses what must be refused, and makes the link. Safe to repeat: a row that a
     * lost try has left is found by its marker alias and deleted before the next one is made. So is a row of a run
     * that a workflow reset has ended, unless its user has finished: then it is this attempt's account.
     */
    async openAttempt(input: unknown, originalRunId?: string): Promise<OpenedAttempt> {
      return calling({ waiting: true }, async (signal) => {
        const request = parseConnectUserRequest(input);
        const { method = { link: {} }, waitMs } = request;
        const run = attemptRun(originalRunId);
        const prepared = prepareAttempt(request, deps, run);
        const { facts } = prepared;

        if ('existing' in method) {
          const account = await findOwn(facts, method.existing.connectedAccountId, signal);
          return found(facts, account, waitMs ?? facts.timings.existingWaitMs);
        }
        // What cannot be opened is refused before anything is read or made.
        const given = openedMethod(request, facts, deps);
        if (given.scheme?.val.status === 'ACTIVE' && request.confirm === 'required') {
          const message = 'confirm: credentials need no browser that could come back';
          throw new MooringError('ERR_INVALID_INPUT', message, { field: 'confirm' });
        }
        const rows = await listOwn(facts, run, signal);
        const finished = rows.find((row) => isOfRunBefore(row.alias, run) && isActive(row));
        if (finished !== undefined) {
          const { id: connectedAccountId, status } = finished;
          const hasSiblings = rows.some((row) => row !== finished && isActive(row));
          const lasting = Math.min(waitMs ?? Infinity, facts.timings.existingWaitMs);
          const linkless = { redirectUrl: null, expiresAt: null, waitMs: lasting };
          return { ...facts, ...linkless, connectedAccountId, status, found: null, hasSiblings };
        }
        const { account, refusal } = admit(rows, request);
        if (account?.status === 'ACTIVE') await requireNotBusy(account);
        if (refusal !== null) throw refusal;
        if (account !== null) return found(facts, withoutSharing(account), 0);

        const hasSiblings = rows.some(isActive);
        const sharing = sharingFor(rows, request);
        const making = { ...prepared, ...given, sharing, hasSiblings };
        const { lifeMs, ...rest } = await make(making, signal);
        const lasting = Math.min(waitMs ?? Infinity, lifeMs + facts.timings.slackMs);
        return { ...facts, ...rest, found: null, hasSiblings, waitMs: lasting };
      });
    },

    /** Whom to tell of an attempt that could not be opened while its caller waited. Calls nothing. */
    async attemptFacts(input: unknown): Promise<AttemptFacts> {
      return prepareAttempt(parseConnectUserRequest(input), deps).facts;
    },
  };

  /** An account that somebody else has made: read, and never made or removed by us. */
  async function findOwn(facts: AttemptFacts, id: string, signal: AbortSignal) {
    const { userId, authConfigId } = facts;
    const [account] = await Promise.all([
      api.getAccount(id, signal, { userId }),
      requireOpenGate(userId),
    ]);
    if (account?.userId === userId && account.authConfigId === authConfigId) {
      await requireNotBusy(account);
      return account;
    }
    const message = `no account ${id} of this user and auth config`;
    throw new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId: id });
  }

  /** What is there already, but for the rows that earlier tries have left, which are deleted. */
  async function listOwn(facts: AttemptFacts, run: AttemptRun, signal: AbortSignal) {
    const [listed, blocked] = await Promise.all([
      api.listAccounts(facts, signal),
      isBlocked(facts.userId, idKey),
    ]);
    const isLeft = ({ alias, status }: AccountSnapshot) =>
      (tryOf(alias, run) ?? Infinity) < facts.tries ||
      (isOfRunBefore(alias, run) && status !== 'ACTIVE' && status !== 'INACTIVE');
    const rows = await removeUnseen(api, listed, isLeft, signal);
    // This worker was taken for dead, and another has gone on: what that one made is alive.
    if (rows.some((row) => (tryOf(row.alias, run) ?? 0) > facts.tries)) {
      throw ApplicationFailure.create({ type: 'SUPERSEDED', message: 'a later try is under way' });
    }
    if (blocked) throw userBlocked();
    return rows;
  }

  async function make(
    { facts, marker, callbackUrl, scheme, connectionData, sharing, hasSiblings }: Making,
    signal: AbortSignal,
  ) {
    const { userId, authConfigId } = facts;
    const asked = { userId, authConfigId, alias: marker, ...(sharing && { sharing }) };
    // Credentials need no browser, so nobody is told where one would come back.
    const bringsBack = callbackUrl !== undefined && scheme?.val.status !== 'ACTIVE';
    const account = { ...asked, ...(bringsBack && { callbackUrl }) };
    const made =
      scheme === undefined
        ? await link({ ...account, ...(connectionData && { connectionData }) }, signal)
        : await create({ ...account, scheme }, signal);
    const { connectedAccountId } = made;
    log.info('account made', { connectedAccountId, status: made.status });
    // Whoever closed the gate has listed since, perhaps before this row was there: so read it again.
    if (await isBlocked(userId, idKey)) {
      await api.deleteAccount(connectedAccountId, { revokeOnDelete: !hasSiblings }, signal);
      throw userBlocked();
    }
    return made;
  }

  async function link(asked: Parameters<ComposioApi['createLink']>[0], signal: AbortSignal) {
    return { ...(await api.createLink(asked, signal)), status: 'INITIALIZING' as const };
  }

  async function create(account: Parameters<ComposioApi['createAccount']>[0], signal: AbortSignal) {
    const created = await api.createAccount(account, signal);
    const expiresAt = new Date(Date.now() + redirectLifeMs).toISOString();
    const lifeMs = redirectLifeMs;
    return { ...created, lifeMs, expiresAt: created.redirectUrl === null ? null : expiresAt };
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

type Making = ReturnType<typeof prepareAttempt> &
  ReturnType<typeof openedMethod> & { sharing: Sharing | undefined; hasSiblings: boolean };

function isActive({ status }: AccountSnapshot): boolean {
  return status === 'ACTIVE';
}

function found(facts: AttemptFacts, account: AccountSnapshot, waitMs: number): OpenedAttempt {
  const { id: connectedAccountId } = account;
  const linkless = { redirectUrl: null, expiresAt: null };
  return { ...facts, ...linkless, connectedAccountId, found: account, waitMs };
}

function userBlocked(): MooringError {
  return new MooringError('ERR_USER_BLOCKED', 'this user’s access is closed');
}
