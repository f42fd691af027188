import {
  type AccountSnapshot,
  type AccountStatus,
  callersAlias,
  type Sharing,
  type OwnedAccount,
} from '../account.ts';
import type { patchableSchemes } from '../auth-schemes.ts';
import type { SealedCredentials } from '../sealed-credentials.ts';
import type { Refusal } from '../errors.ts';

/** The input of every call that changes an account. */
export interface AccountInput extends OwnedAccount {
  /**
   * Makes the call safe to repeat: a repeat with the same id joins the first call or returns its
   * answer.
   */
  requestId?: string;
}

/**
 * New credentials, with the field names of Composio's API. Omitted fields stay; null deletes one.
 */
export interface AccountCredentials {
  /** The account's own auth scheme. It cannot be changed. */
  authScheme: PatchableScheme;
  val: Record<string, string | null>;
}

type PatchableScheme = (typeof patchableSchemes)[number];

/** The input of each call that changes an account. */
export interface AccountChanges {
  enable: AccountInput;
  disable: AccountInput;
  /** An empty string deletes the alias. */
  updateAlias: AccountInput & { alias: string };
  updateCredentials: AccountInput & { credentials: AccountCredentials };
  /** Omitted fields of `sharing` stay. An empty list clears the list. */
  updateSharing: AccountInput & { sharing: Sharing };
}

export type CommandName = keyof AccountChanges;

/** A change as it travels to Temporal and is stored in histories: its credentials are encrypted. */
export type AccountCommand = OwnedAccount &
  (
    | { command: 'enable' | 'disable' }
    | { command: 'updateAlias'; alias: string }
    | {
        command: 'updateCredentials';
        authScheme: PatchableScheme;
        credentials: SealedCredentials;
      }
    | { command: 'updateSharing'; sharing: Sharing }
  );

/** The account at the reading after the change. */
export interface ChangedAccount {
  /** The id of its connection. `updateAlias` changes it. */
  connectionId: string;
  connectedAccountId: string;
  status: AccountStatus;
}

/** The result of an `accountCommand` run. A refusal is a value, because the run did not fail. */
export type CommandAnswer = { account: ChangedAccount } | { refused: Refusal };

/** Whether an account already is as the command requests. Null if the API does not return it. */
export function isCommandApplied(row: AccountSnapshot, command: AccountCommand): boolean | null {
  switch (command.command) {
    case 'enable':
      return row.status === 'ACTIVE';
    case 'disable':
      return row.status === 'INACTIVE';
    case 'updateAlias':
      return callersAlias(row) === (command.alias || null);
    case 'updateCredentials':
      return null;
    case 'updateSharing':
      return row.sharing === undefined ? null : isSharedAs(row.sharing, command.sharing);
  }
}

/** Whether every requested field matches. Lists match in any order; an omitted list is empty. */
function isSharedAs(is: Sharing, asked: Sharing): boolean {
  const isSameSet = (a: string[] = [], b: string[] = []) =>
    new Set([...a, ...b]).size === new Set(a).size && new Set(a).size === new Set(b).size;
  const { allowAllUsers, allowedUserIds, notAllowedUserIds } = asked;
  return (
    (allowAllUsers === undefined || allowAllUsers === (is.allowAllUsers ?? false)) &&
    (allowedUserIds === undefined || isSameSet(is.allowedUserIds, allowedUserIds)) &&
    (notAllowedUserIds === undefined || isSameSet(is.notAllowedUserIds, notAllowedUserIds))
  );
}
