import { sealChange } from '../../crypto/sealed-credentials.ts';
import type { OwnedAccount } from '../../domain/account.ts';
import type {
  AccountCommand,
  ChangedAccount,
  AccountChanges,
} from '../../domain/change/account-command.ts';
import { parseChange } from '../../domain/change/schemas.ts';
import type {
  DisconnectInput,
  DisconnectPlan,
  DisconnectView,
  KeptAccount,
} from '../../domain/disconnect/disconnect.ts';
import { parseDisconnectInput } from '../../domain/disconnect/schemas.ts';
import type { Given } from '../../domain/defined.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import type { RefreshAnswer, RefreshInput } from '../../domain/refresh/refresh.ts';
import { parseRefreshInput } from '../../domain/refresh/schemas.ts';
import { accountIdSchema, idSchema, parseInput } from '../../domain/schemas.ts';
import {
  keepAccount,
  planDisconnectNow,
  planKeep,
  startOrJoinDisconnect,
} from '../disconnect/disconnect.ts';
import { DisconnectHandle } from '../disconnect/disconnect-handle.ts';
import { startOrJoinRefresh } from '../refresh/refresh.ts';
import { RefreshHandle } from '../refresh/refresh-handle.ts';
import type { ClientCore } from '../shared/core.ts';
import { runAccountCommand } from './change-account.ts';

/** The calls that refresh, change or disconnect one account of a user. */
export class Accounts {
  readonly #core: ClientCore;

  constructor(core: ClientCore) {
    this.#core = core;
  }

  /**
   * Refreshes an account whose grant has died, if the API can do that. An ACTIVE account is left
   * alone unless you pass `mode: 'proactive'`, which may break it. The result says what the run
   * found and did: see `HealOutcome`. With `reauth_required` Mooring sends
   * `connection.reauth_required` to your endpoints, once for each time the grant dies. If the
   * user does nothing for 30 days, the next refresh sends it again. Mooring sends
   * `connection.healed` when the account is ACTIVE again, whatever the cause.
   *
   * If the user is present, pass `returnUrl`. The result then contains a `redirectUrl` where they
   * authorize the same account again. The account keeps its id, and `getRefresh` waits for the
   * outcome. If the API gives no link, use `connections.createReconnectLink`.
   *
   * ```ts
   * const { outcome } = await mooring.accounts.refresh({ userId, connectedAccountId });
   * if (outcome === 'reauth_required') console.log('the user must consent again');
   * ```
   *
   * Safe to repeat: every write follows a read, and the call joins an open refresh with the same
   * options. With `requestId` a repeat gets the first result even later (check `expiresAt`).
   *
   * Throws MooringError: ERR_INVALID_INPUT; ERR_ACCOUNT_NOT_FOUND if the user has no such account;
   * ERR_UNAUTHORIZED. If there is no answer: ERR_NO_WORKER (after 12 s), ERR_API_UNAVAILABLE (after
   * 60 s) and ERR_TEMPORAL_UNAVAILABLE. Then repeat the call: it joins the refresh.
   */
  async refresh(input: Given<RefreshInput>): Promise<RefreshAnswer> {
    const { temporal, context } = this.#core;
    return startOrJoinRefresh(temporal, parseRefreshInput(input), context);
  }

  /**
   * The newest run of this account, if it waits or has waited for its user. The handle itself makes
   * no call. ERR_INVALID_INPUT if the id is not the id of an account.
   */
  getRefresh(connectedAccountId: string): RefreshHandle {
    const id = parseInput(accountIdSchema, connectedAccountId, 'connectedAccountId');
    return new RefreshHandle(this.#core.temporal, accountWorkflowId(id));
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
   *
   * ```ts
   * const { status } = await mooring.accounts.enable({ userId, connectedAccountId }); // 'ACTIVE'
   * ```
   */
  async enable(input: Given<AccountChanges['enable']>): Promise<ChangedAccount> {
    const { requestId, ...account } = parseChange('enable', input);
    return this.#changeAccount({ ...account, command: 'enable' }, requestId);
  }

  /**
   * Makes an account INACTIVE until it is enabled: no tool runs with it. Its grant stays valid.
   *
   * ```ts
   * const account = { userId, connectedAccountId };
   * const { status } = await mooring.accounts.disable(account); // 'INACTIVE'
   * ```
   */
  async disable(input: Given<AccountChanges['disable']>): Promise<ChangedAccount> {
    const { requestId, ...account } = parseChange('disable', input);
    return this.#changeAccount({ ...account, command: 'disable' }, requestId);
  }

  /**
   * Sets the alias of an account. The account then belongs to another connection, and the result
   * has its id. The empty string removes the alias. ERR_ALIAS_IN_USE if another account of this
   * user and toolkit has the alias.
   *
   * ```ts
   * await mooring.accounts.updateAlias({ userId, connectedAccountId, alias: 'work' });
   * ```
   */
  async updateAlias(input: Given<AccountChanges['updateAlias']>): Promise<ChangedAccount> {
    const { requestId, ...change } = parseChange('updateAlias', input);
    return this.#changeAccount({ ...change, command: 'updateAlias' }, requestId);
  }

  /**
   * Gives an account new credentials of its own scheme. They travel sealed. Also throws
   * ERR_CREDENTIALS_REJECTED and ERR_USER_BLOCKED; ERR_INVALID_INPUT for an OAuth account, whose
   * user must connect again; ERR_ENCRYPTION_KEY_MISSING without MOORING_CREDENTIAL_KEYS.
   *
   * ```ts
   * const credentials = { authScheme: 'API_KEY' as const, val: { api_key: apiKey } };
   * await mooring.accounts.updateCredentials({ userId, connectedAccountId, credentials });
   * ```
   */
  async updateCredentials(
    input: Given<AccountChanges['updateCredentials']>,
  ): Promise<ChangedAccount> {
    const checked = parseChange('updateCredentials', input);
    return this.#changeAccount(sealChange(checked, this.#core.credentialKeys), checked.requestId);
  }

  /**
   * Sets who else may use a SHARED account. A list that you leave out stays as it is, and an empty
   * list clears it: an empty `notAllowedUserIds` allows those users again. ERR_INVALID_INPUT for a
   * PRIVATE account.
   *
   * ```ts
   * const sharing = { allowAllUsers: false, allowedUserIds: ['user_456'] };
   * await mooring.accounts.updateSharing({ userId, connectedAccountId, sharing });
   * ```
   */
  async updateSharing(input: Given<AccountChanges['updateSharing']>): Promise<ChangedAccount> {
    const { requestId, ...change } = parseChange('updateSharing', input);
    return this.#changeAccount({ ...change, command: 'updateSharing' }, requestId);
  }

  /**
   * Disconnects an account. Mooring revokes its grant at the provider, reads REVOKED back, deletes
   * the account, and reads 404 back. `result` returns a receipt that says what is known, and where
   * a grant may live on. With `undoWindowMs` Mooring only disables the account until the window
   * ends, and `keep` restores it. `planDisconnect` says what would happen.
   *
   * Safe to repeat: the call joins an open disconnect with the same options. When the account is
   * gone, a repeat gets its receipt, or its part in the receipt of the user's offboarding. Temporal
   * keeps receipts for its retention time; after that the receipt has the proof `gone`. Mooring
   * first cancels an open refresh of this account.
   *
   * ```ts
   * const note = 'asked by mail';
   * const handle = await mooring.accounts.disconnect({ userId, connectedAccountId, note });
   * const result = await handle.result();
   * if (result.outcome === 'disconnected') console.log(result.receipt.proof); // 'revoked'
   * ```
   *
   * Throws MooringError: ERR_INVALID_INPUT before anything is started; ERR_ACCOUNT_BUSY if a
   * disconnect with other options is open, or if another operation holds the account for 30 s;
   * ERR_NO_WORKER if only a worker can return the receipt of a blocked user;
   * ERR_TEMPORAL_UNAVAILABLE.
   */
  async disconnect(input: Given<DisconnectInput>): Promise<DisconnectHandle> {
    const { temporal, context } = this.#core;
    const run = await startOrJoinDisconnect(temporal, parseDisconnectInput(input), context);
    return new DisconnectHandle(temporal, run);
  }

  /**
   * What `disconnect` would do now with the same input, and which living accounts a revocation may
   * end as well. Changes nothing, so it is safe to repeat.
   *
   * ```ts
   * const plan = await mooring.accounts.planDisconnect({ userId, connectedAccountId });
   * console.log(plan.steps, plan.siblings); // ['revoke', 'delete'], []
   * ```
   *
   * Throws MooringError: ERR_INVALID_INPUT; ERR_ACCOUNT_NOT_FOUND if the user has no such account;
   * ERR_UNAUTHORIZED. If there is no answer: ERR_API_UNAVAILABLE, ERR_NO_WORKER and
   * ERR_TEMPORAL_UNAVAILABLE.
   */
  async planDisconnect(input: Given<DisconnectInput>): Promise<DisconnectPlan> {
    const { temporal, context } = this.#core;
    return planDisconnectNow(temporal, parseDisconnectInput(input), context);
  }

  /**
   * Stops a disconnect during its undo window, and enables the account if it was ACTIVE before.
   * Safe to repeat while the window is open. ERR_ACCOUNT_UNUSABLE if the window is over;
   * ERR_ACCOUNT_NOT_FOUND if no disconnect of such an account of this user is open. ERR_NO_WORKER,
   * ERR_API_UNAVAILABLE or ERR_TEMPORAL_UNAVAILABLE if there is no answer: repeat the call.
   *
   * ```ts
   * const { status } = await mooring.accounts.keep({ userId, connectedAccountId });
   * ```
   */
  async keep(account: OwnedAccount): Promise<KeptAccount> {
    return keepAccount(this.#core.temporal, parseOwnedAccount(account));
  }

  /**
   * The disconnect that `keep` would stop now: what the account was before, and until when it can
   * be kept. Changes nothing, so it is safe to repeat. Throws as `keep` does.
   *
   * ```ts
   * const { undoUntil } = await mooring.accounts.planKeep({ userId, connectedAccountId });
   * ```
   */
  async planKeep(account: OwnedAccount): Promise<DisconnectView> {
    return planKeep(this.#core.temporal, parseOwnedAccount(account));
  }

  async #changeAccount(
    command: AccountCommand,
    requestId: string | undefined,
  ): Promise<ChangedAccount> {
    const { temporal, context } = this.#core;
    return runAccountCommand(temporal, command, { ...context, requestId });
  }
}

function parseOwnedAccount({ userId, connectedAccountId }: OwnedAccount): OwnedAccount {
  return {
    userId: parseInput(idSchema, userId, 'userId'),
    connectedAccountId: parseInput(accountIdSchema, connectedAccountId, 'connectedAccountId'),
  };
}
