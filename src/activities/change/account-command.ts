import { activityInfo, ApplicationFailure, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import { refusalOf } from '../../composio/refusals.ts';
import { openCredentials } from '../../crypto/sealed-credentials.ts';
import {
  type AccountSnapshot,
  isOwnedBy,
  isReplaced,
  markerPrefix,
  type OwnedSnapshot,
} from '../../domain/account.ts';
import { type AccountCommand, isAsAsked } from '../../domain/change/account-command.ts';
import { parseAccountCommand } from '../../domain/change/schemas.ts';
import { type ErrorCode, MooringError } from '../../domain/errors.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { isPending } from '../../domain/connect/judge-reading.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { calling } from '../shared/call.ts';
import { isBlocked } from '../shared/user-gate.ts';
import { leaveDisabled } from '../access/pause-ledger.ts';
import { noSuchAccount, requireAccountRun } from '../shared/own-run.ts';

export interface CommandDependencies {
  api: ComposioApi;
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
  /** MOORING_CREDENTIAL_KEYS; without them every credential is refused. */
  credentialKeys?: KeyRing | undefined;
  endpoints?: readonly EndpointFacts[];
}

/** What a command has done, as it was read back. */
export interface CommandResult {
  account: OwnedSnapshot;
  /** Also when nobody can tell, because the answer of an earlier try was lost. */
  changed: boolean;
  endpoints?: readonly EndpointFacts[];
}

/**
 * A lease is held for the time of a call or two, and a read may lag behind a write: after this many
 * tries, some 15 s with their pauses, whoever waits is told.
 */
const mostTries = 5;

/** Where a refusal as bad input belongs in what the caller gave. */
const fields = {
  enable: undefined,
  disable: undefined,
  updateAlias: 'alias',
  updateCredentials: 'credentials',
  updateSharing: 'sharing',
} as const satisfies Record<AccountCommand['command'], string | undefined>;

/** What a try leaves for the next one. */
interface Told {
  mayBeOurs: boolean;
  /** The try, once it has ended by itself. */
  keptBy: number | null;
}

export function createCommandActivities(deps: CommandDependencies) {
  const { api, idKey, credentialKeys, endpoints } = deps;

  return {
    /**
     * Reads an account, compares its owner, changes it and reads it back. Safe to repeat: what is as it was
     * asked for is left alone, so that an answer that was lost is settled by the next try's read.
     */
    async changeAccount(input: unknown): Promise<CommandResult> {
      const { attempt: tries, heartbeatDetails } = activityInfo();
      const told = heartbeatDetails as Told | undefined;
      // That it is ACTIVE may be this command's doing. A try that was cut off has left no word.
      let mayBeOurs = tries > 1 && (told?.keptBy !== tries - 1 || told.mayBeOurs);
      let keptBy: number | null = null;
      const change = async (signal: AbortSignal): Promise<CommandResult> => {
        const command = parseAccountCommand(input);
        requireAccountRun(command);
        const before = await readOwned(command, signal);
        await requireOpenGate(command, before, mayBeOurs, signal);
        if (isAsAsked(before, command) === true) {
          return result(await keepDisabled(command, before, tries, signal), tries > 1);
        }
        requireNameable(before, command);
        const earlier = mayBeOurs;
        mayBeOurs ||= before.status !== 'ACTIVE';
        const written = await write(command, signal).catch((error: unknown) => {
          if (error instanceof ApiError && !error.ambiguous) mayBeOurs = earlier;
          throw refused(error, command, before, tries);
        });
        if (written === null) throw noSuchAccount(command);

        const account = await readOwned(command, signal);
        if (isAsAsked(account, command) === false) {
          throw again('changed, and not read so', tries, 'ERR_ACCOUNT_UNUSABLE', account.id);
        }
        // Create, then read the gate: who has closed it meanwhile may have listed before this was ACTIVE.
        if (before.status !== 'ACTIVE') await requireOpenGate(command, account, true, signal);
        const last = await keepDisabled(command, account, tries, signal);
        log.info('account changed', { connectedAccountId: last.id, command: command.command });
        return result(last, true);
      };
      return calling({ waiting: true, settled: (): Told => ({ mayBeOurs, keptBy }) }, (signal) =>
        change(signal).finally(() => {
          keptBy = tries;
        }),
      );
    },
  };

  function result(account: OwnedSnapshot, changed: boolean): CommandResult {
    return { account, changed, ...(endpoints && { endpoints }) };
  }

  /** A row of anybody else's is never written to, and never told of. */
  async function readOwned(command: AccountCommand, signal: AbortSignal): Promise<OwnedSnapshot> {
    const { connectedAccountId, userId } = command;
    const account = await api.getAccount(connectedAccountId, signal, { userId });
    if (account === null || !isOwnedBy(account, userId)) throw noSuchAccount(command);
    return account;
  }

  /**
   * What may make an account ACTIVE is refused to a user whose gate is closed. With `undo` it may have been
   * made so by us, and is disabled again.
   */
  async function requireOpenGate(
    { command, userId }: AccountCommand,
    account: AccountSnapshot,
    undo: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    if (command !== 'enable' && command !== 'updateCredentials') return;
    if (!(await isBlocked(userId, idKey))) return;
    if (undo && account.status === 'ACTIVE') await api.setEnabled(account.id, false, signal);
    const message = 'this user gets no connection now: lapsed, being offboarded or blocked';
    throw new MooringError('ERR_USER_BLOCKED', message);
  }

  /** What a caller has disabled is not given back with what a pause has: not later, and not by what is under way. */
  async function keepDisabled(
    command: AccountCommand,
    account: OwnedSnapshot,
    tries: number,
    signal: AbortSignal,
  ): Promise<OwnedSnapshot> {
    if (command.command !== 'disable' || !(await leaveDisabled(command, idKey))) return account;
    const last = await readOwned(command, signal);
    if (isAsAsked(last, command) !== false) return last;
    throw again('was given back meanwhile', tries, 'ERR_ACCOUNT_BUSY', last.id);
  }

  /** Null when it reads 404. */
  async function write(command: AccountCommand, signal: AbortSignal): Promise<unknown> {
    const { connectedAccountId: id } = command;
    switch (command.command) {
      case 'enable':
      case 'disable':
        return api.setEnabled(id, command.command === 'enable', signal);
      case 'updateAlias':
        return api.setAlias(id, command.alias, signal);
      case 'updateCredentials': {
        const place = { connectedAccountId: id };
        const opened = openCredentials(credentialKeys, place, command.credentials);
        const val = opened as Record<string, unknown>;
        return api.patchCredentials(id, { authScheme: command.authScheme, val }, signal);
      }
      case 'updateSharing':
        return api.setSharing(id, command.sharing, signal);
    }
  }
}

/** Our own aliases are what an attempt on its way is told by, and what keeps a replaced account out of use. */
function requireNameable(account: AccountSnapshot, { command }: AccountCommand): void {
  if (command !== 'updateAlias' || !account.alias?.startsWith(markerPrefix)) return;
  const { id, status } = account;
  if (isReplaced(account)) throw unusable(id, 'was replaced by another account');
  if (isPending(status)) throw unusable(id, `is ${status}, it can be named once it is ACTIVE`);
}

/** What a failed write means here, where the API's answer alone does not say it. */
function refused(
  error: unknown,
  { command }: AccountCommand,
  account: AccountSnapshot,
  tries: number,
): unknown {
  if (!(error instanceof ApiError)) return error;
  const { id, status } = account;
  if (error.isGone) return noSuchAccount({ connectedAccountId: id });
  if (error.fault === 'invalid_transition') return unusable(id, `is ${status}: ${error.message}`);
  const code = refusalOf(error);
  if (error.status === 409 && code === null) {
    return again(error.message, tries, 'ERR_ACCOUNT_BUSY', id);
  }
  const field = fields[command];
  if (code !== 'ERR_INVALID_INPUT' || field === undefined) return error;
  return new MooringError(code, `${field}: ${error.message}`, { field });
}

/** Tried again after a pause, and told to whoever waits when that has not helped. */
function again(message: string, tries: number, code: ErrorCode, connectedAccountId: string) {
  if (tries >= mostTries) return new MooringError(code, message, { connectedAccountId });
  return ApplicationFailure.create({ type: 'NOT_YET', message });
}

function unusable(connectedAccountId: string, why: string): MooringError {
  return new MooringError('ERR_ACCOUNT_UNUSABLE', `${connectedAccountId} ${why}`, {
    connectedAccountId,
  });
}
