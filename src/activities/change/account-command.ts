import { activityInfo, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import { refusalOf } from '../../composio/refusals.ts';
import { unsealCredentials } from '../../crypto/sealed-credentials.ts';
import {
  type AccountSnapshot,
  isOwnedBy,
  isReplaced,
  markerPrefix,
  type OwnedSnapshot,
} from '../../domain/account.ts';
import { type AccountCommand, isCommandApplied } from '../../domain/change/account-command.ts';
import { parseAccountCommand } from '../../domain/change/schemas.ts';
import { type ErrorCode, MooringError } from '../../domain/errors.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { isPending } from '../../domain/connect/judge-reading.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { runCalls } from '../shared/call.ts';
import { isBlocked, noSuchAccountError, requireAccountRun } from '../shared/guards.ts';
import { requestKeepDisabled } from '../access/user-run-messages.ts';
import { defined } from '../../domain/defined.ts';
import { notYetFailure } from '../shared/failures.ts';

export interface CommandDependencies {
  api: ComposioApi;
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
  /** MOORING_CREDENTIAL_KEYS. Without them every credential is refused. */
  credentialKeys?: KeyRing | undefined;
  endpoints?: readonly EndpointFacts[];
}

/** The result of a command, as it was read back. */
export interface CommandResult {
  account: OwnedSnapshot;
  /** True also if it is unknown, because the answer of an earlier try was lost. */
  changed: boolean;
  endpoints?: readonly EndpointFacts[];
}

/**
 * Composio holds a lease for a call or two, and a read may lag behind a write. After this many
 * tries, some 15 s with their pauses, the caller gets the error.
 */
const mostTries = 5;

/** The field of the caller's input to which a refusal as invalid input belongs. */
const fields = {
  enable: undefined,
  disable: undefined,
  updateAlias: 'alias',
  updateCredentials: 'credentials',
  updateSharing: 'sharing',
} as const satisfies Record<AccountCommand['command'], string | undefined>;

/** What a try leaves for the next one. */
interface TryMemory {
  mayBeOurs: boolean;
  /** The number of the try, if it ended by itself. */
  keptBy: number | null;
}

export function createCommandActivities(deps: CommandDependencies) {
  const { api, idKey, credentialKeys, endpoints } = deps;

  return {
    /**
     * Reads an account, compares its owner, changes it and reads it back. Safe to repeat: an
     * account that is already as requested is not written to. So after a lost answer, the next
     * try's read settles the call.
     */
    async changeAccount(input: unknown): Promise<CommandResult> {
      const { attempt: tries, heartbeatDetails } = activityInfo();
      const lastTry = heartbeatDetails as TryMemory | undefined;
      // This command may have made the account ACTIVE. A try that was cut off left no memory.
      let mayBeOurs = tries > 1 && (lastTry?.keptBy !== tries - 1 || lastTry.mayBeOurs);
      let keptBy: number | null = null;
      const changeOnce = async (signal: AbortSignal): Promise<CommandResult> => {
        const command = parseAccountCommand(input);
        requireAccountRun(command);
        const before = await readOwnedAccount(command, signal);
        await requireOpenGate(command, before, mayBeOurs, signal);
        if (isCommandApplied(before, command) === true) {
          return toResult(await keepDisabled(command, before, tries, signal), tries > 1);
        }
        requireChangeableAlias(before, command);
        const earlier = mayBeOurs;
        mayBeOurs ||= before.status !== 'ACTIVE';
        const written = await writeChange(command, signal).catch((error: unknown) => {
          if (error instanceof ApiError && !error.ambiguous) mayBeOurs = earlier;
          throw toWriteError(error, command, before, tries);
        });
        if (written === null) throw noSuchAccountError(command);

        const account = await readOwnedAccount(command, signal);
        if (isCommandApplied(account, command) === false) {
          throw notYetOrError(
            `account ${account.id} was changed, but Composio does not show it yet`,
            tries,
            'ERR_ACCOUNT_UNUSABLE',
            account.id,
          );
        }
        // Read the gate again: the run that closed it may have listed the accounts before this one
        // was ACTIVE.
        if (before.status !== 'ACTIVE') await requireOpenGate(command, account, true, signal);
        const last = await keepDisabled(command, account, tries, signal);
        log.info('account changed', { connectedAccountId: last.id, command: command.command });
        return toResult(last, true);
      };
      return runCalls(
        { waiting: true, settled: (): TryMemory => ({ mayBeOurs, keptBy }) },
        (signal) =>
          changeOnce(signal).finally(() => {
            keptBy = tries;
          }),
      );
    },
  };

  function toResult(account: OwnedSnapshot, changed: boolean): CommandResult {
    return { account, changed, ...defined({ endpoints }) };
  }

  /** A row of another user is never written to and never reported. */
  async function readOwnedAccount(
    command: AccountCommand,
    signal: AbortSignal,
  ): Promise<OwnedSnapshot> {
    const { connectedAccountId, userId } = command;
    const account = await api.getAccount(connectedAccountId, signal, { userId });
    if (account === null || !isOwnedBy(account, userId)) throw noSuchAccountError(command);
    return account;
  }

  /**
   * Refuses commands that may make an account ACTIVE while the user's gate is closed. With `undo`,
   * this command may have made it ACTIVE, so it is disabled again.
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
    const message = 'this user’s access is closed: lapsed, being offboarded or blocked';
    throw new MooringError('ERR_USER_BLOCKED', message);
  }

  /**
   * Asks the user's run not to restore an account that a caller disabled, neither later nor in a
   * restore that runs now.
   */
  async function keepDisabled(
    command: AccountCommand,
    account: OwnedSnapshot,
    tries: number,
    signal: AbortSignal,
  ): Promise<OwnedSnapshot> {
    if (command.command !== 'disable' || !(await requestKeepDisabled(command, idKey)))
      return account;
    const last = await readOwnedAccount(command, signal);
    if (isCommandApplied(last, command) !== false) return last;
    const message = `account ${last.id} was restored at the same time`;
    throw notYetOrError(message, tries, 'ERR_ACCOUNT_BUSY', last.id);
  }

  /** Null when it reads 404. */
  async function writeChange(command: AccountCommand, signal: AbortSignal): Promise<unknown> {
    const { connectedAccountId: id } = command;
    switch (command.command) {
      case 'enable':
      case 'disable':
        return api.setEnabled(id, command.command === 'enable', signal);
      case 'updateAlias':
        return api.setAlias(id, command.alias, signal);
      case 'updateCredentials': {
        const place = { connectedAccountId: id };
        const opened = unsealCredentials(credentialKeys, place, command.credentials);
        const val = opened as Record<string, unknown>;
        return api.patchCredentials(id, { authScheme: command.authScheme, val }, signal);
      }
      case 'updateSharing':
        return api.setSharing(id, command.sharing, signal);
    }
  }
}

/** Our own aliases mark the account of an open attempt, and keep a replaced account out of use. */
function requireChangeableAlias(account: AccountSnapshot, { command }: AccountCommand): void {
  if (command !== 'updateAlias' || !account.alias?.startsWith(markerPrefix)) return;
  const { id, status } = account;
  if (isReplaced(account)) throw unusableError(id, 'was replaced by another account');
  if (isPending(status)) throw unusableError(id, `is ${status}, set its alias once it is ACTIVE`);
}

/**
 * Turns a failed write into the error of the command, where the API's answer alone does not say it.
 */
function toWriteError(
  error: unknown,
  { command }: AccountCommand,
  account: AccountSnapshot,
  tries: number,
): unknown {
  if (!(error instanceof ApiError)) return error;
  const { id, status } = account;
  if (error.isGone) return noSuchAccountError({ connectedAccountId: id });
  if (error.fault === 'invalid_transition')
    return unusableError(id, `is ${status}: ${error.message}`);
  const code = refusalOf(error);
  if (error.status === 409 && code === null) {
    return notYetOrError(error.message, tries, 'ERR_ACCOUNT_BUSY', id);
  }
  const field = fields[command];
  if (code !== 'ERR_INVALID_INPUT' || field === undefined) return error;
  return new MooringError(code, `${field}: ${error.message}`, { field });
}

/**
 * Returns a failure that Temporal retries after a pause, or the caller's error after the last try.
 */
function notYetOrError(
  message: string,
  tries: number,
  code: ErrorCode,
  connectedAccountId: string,
) {
  if (tries >= mostTries) return new MooringError(code, message, { connectedAccountId });
  return notYetFailure(message);
}

function unusableError(connectedAccountId: string, why: string): MooringError {
  return new MooringError('ERR_ACCOUNT_UNUSABLE', `account ${connectedAccountId} ${why}`, {
    connectedAccountId,
  });
}
