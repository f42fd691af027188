import type { Client } from '@temporalio/client';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { sealChange } from '../../crypto/sealed-credentials.ts';
import type { OwnedAccount } from '../../domain/account.ts';
import type {
  AccountCommand,
  ChangedAccount,
  Changes,
} from '../../domain/change/account-command.ts';
import { parseChange } from '../../domain/change/schemas.ts';
import type {
  DisconnectInput,
  DisconnectPlan,
  DisconnectView,
  KeptAccount,
} from '../../domain/disconnect/disconnect.ts';
import { parseDisconnectInput } from '../../domain/disconnect/schemas.ts';
import { accountIdSchema, idSchema, parseInput } from '../../domain/schemas.ts';
import { AccessMethods } from '../access/access-methods.ts';
import {
  keepAccount,
  planDisconnectNow,
  planKeep,
  startOrJoinDisconnect,
} from '../disconnect/disconnect.ts';
import { DisconnectHandle } from '../disconnect/disconnect-handle.ts';
import type { StartContext } from '../shared/start-context.ts';
import { runAccountCommand } from './change-account.ts';

/** The calls of `MooringClient` that change or disconnect one account. */
export class AccountMethods extends AccessMethods {
  readonly #credentialKeys: KeyRing | undefined;

  protected constructor(
    temporal: Client,
    context: StartContext,
    credentialKeys: KeyRing | undefined,
  ) {
    super(temporal, context);
    this.#credentialKeys = credentialKeys;
  }

  protected get credentialKeys(): KeyRing | undefined {
    return this.#credentialKeys;
  }

  /**
   * Makes an INACTIVE account ACTIVE again. Safe to repeat, like all five calls that change an
   * account: an account that has the wanted state is left alone. With `requestId` a repeat joins
   * the first call or gets its result.
   *
   * All five throw MooringError: ERR_INVALID_INPUT before anything is started;
   * ERR_ACCOUNT_NOT_FOUND if the user has no such account; ERR_ACCOUNT_UNUSABLE if the status of
   * the account does not allow the change; ERR_ACCOUNT_BUSY if another operation holds the account
   * for 10 s; ERR_UNAUTHORIZED. If there is no answer: ERR_API_UNAVAILABLE (after 30 s),
   * ERR_NO_WORKER (after 12 s) and ERR_TEMPORAL_UNAVAILABLE. `enable` also throws ERR_USER_BLOCKED.
   */
  async enable(input: Changes['enable']): Promise<ChangedAccount> {
    const { requestId, ...account } = parseChange('enable', input);
    return this.#changeAccount({ ...account, command: 'enable' }, requestId);
  }

  /** Makes an account INACTIVE until it is enabled: no tool runs with it. Its grant stays valid. */
  async disable(input: Changes['disable']): Promise<ChangedAccount> {
    const { requestId, ...account } = parseChange('disable', input);
    return this.#changeAccount({ ...account, command: 'disable' }, requestId);
  }

  /**
   * Sets the alias of an account. The account then belongs to another connection, and the result
   * has its id. The empty string removes the alias. ERR_ALIAS_IN_USE if another account of this
   * user and toolkit has the alias.
   */
  async updateAlias(input: Changes['updateAlias']): Promise<ChangedAccount> {
    const { requestId, ...change } = parseChange('updateAlias', input);
    return this.#changeAccount({ ...change, command: 'updateAlias' }, requestId);
  }

  /**
   * Gives an account new credentials of its own scheme. They travel sealed. Also throws
   * ERR_CREDENTIALS_REJECTED and ERR_USER_BLOCKED; ERR_INVALID_INPUT for an OAuth account, whose
   * user must connect again; ERR_ENCRYPTION_KEY_MISSING without MOORING_CREDENTIAL_KEYS.
   */
  async updateCredentials(input: Changes['updateCredentials']): Promise<ChangedAccount> {
    const checked = parseChange('updateCredentials', input);
    return this.#changeAccount(sealChange(checked, this.credentialKeys), checked.requestId);
  }

  /**
   * Sets who else may use a SHARED account. A list that you leave out stays as it is, and an empty
   * list clears it: an empty `notAllowedUserIds` allows those users again. ERR_INVALID_INPUT for a
   * PRIVATE account.
   */
  async updateSharing(input: Changes['updateSharing']): Promise<ChangedAccount> {
    const { requestId, ...change } = parseChange('updateSharing', input);
    return this.#changeAccount({ ...change, command: 'updateSharing' }, requestId);
  }

  /**
   * Disconnects an account. Mooring revokes its grant at the provider, reads REVOKED back, deletes
   * the account, and reads 404 back. `result` returns a receipt that says what is known, and where
   * a grant may live on. With `undoWindowMs` Mooring only disables the account until the window
   * ends, and `keep` restores it. With `dryRun` it changes nothing: the result says what would
   * happen, and which living accounts a revocation may end as well.
   *
   * Safe to repeat: the call joins an open disconnect with the same options. When the account is
   * gone, a repeat gets its receipt, or its part in the receipt of the user's offboarding. Temporal
   * keeps receipts for its retention time; after that the receipt has the proof `gone`. Mooring
   * first cancels an open refresh of this account.
   *
   * ```ts
   * const { userId, connectedAccountId } = account;
   * const handle = await mooring.disconnect({ userId, connectedAccountId, note: 'asked by mail' });
   * const receipt = await handle.result(); // { proof: 'revoked', certain: true, … }
   * ```
   *
   * Throws MooringError: ERR_INVALID_INPUT before anything is started; ERR_ACCOUNT_BUSY if a
   * disconnect with other options is open, or if another operation holds the account for 30 s;
   * ERR_NO_WORKER if only a worker can return the receipt of a blocked user;
   * ERR_TEMPORAL_UNAVAILABLE. With `dryRun` also ERR_ACCOUNT_NOT_FOUND, ERR_UNAUTHORIZED,
   * ERR_API_UNAVAILABLE and ERR_NO_WORKER.
   */
  async disconnect(input: DisconnectInput & { dryRun: true }): Promise<DisconnectPlan>;
  async disconnect(input: DisconnectInput & { dryRun?: false }): Promise<DisconnectHandle>;
  async disconnect({ dryRun, ...input }: DisconnectInput & { dryRun?: boolean }) {
    const checked = parseDisconnectInput(input);
    if (dryRun === true) return planDisconnectNow(this.temporal, checked, this.context);
    const run = await startOrJoinDisconnect(this.temporal, checked, this.context);
    return new DisconnectHandle(this.temporal, run);
  }

  /**
   * Stops a disconnect during its undo window, and enables the account if it was ACTIVE before.
   * Safe to repeat while the window is open. ERR_ACCOUNT_UNUSABLE if the window is over;
   * ERR_ACCOUNT_NOT_FOUND if no disconnect of such an account of this user is open. ERR_NO_WORKER,
   * ERR_API_UNAVAILABLE or ERR_TEMPORAL_UNAVAILABLE if there is no answer: repeat the call. With
   * `dryRun` nothing is changed: the result says what the account was before, and until when it can
   * be kept.
   */
  async keep(input: OwnedAccount & { dryRun: true }): Promise<DisconnectView>;
  async keep(input: OwnedAccount & { dryRun?: false }): Promise<KeptAccount>;
  async keep({ dryRun, ...input }: OwnedAccount & { dryRun?: boolean }) {
    const account = {
      userId: parseInput(idSchema, input.userId, 'userId'),
      connectedAccountId: parseInput(
        accountIdSchema,
        input.connectedAccountId,
        'connectedAccountId',
      ),
    };
    return dryRun === true ? planKeep(this.temporal, account) : keepAccount(this.temporal, account);
  }

  async #changeAccount(
    command: AccountCommand,
    requestId: string | undefined,
  ): Promise<ChangedAccount> {
    return runAccountCommand(this.temporal, command, { ...this.context, requestId });
  }
}
