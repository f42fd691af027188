import {
  type AccountSnapshot,
  type AccountStatus,
  callersAlias,
  type Sharing,
  type OwnedAccount,
} from '../account.ts';
import type { patchableSchemes } from '../auth-schemes.ts';
import type { SealedCredentials } from '../sealed-credentials.ts';
import type { Refused } from '../errors.ts';

/** What every call that changes an account is given. */
export interface AccountInput extends OwnedAccount {
  /** Makes a repeat of this very call join the first one, or answer what that has answered. */
  requestId?: string;
}

/** New credentials, in the wire's own field names: what is left out stays, null takes a field away. */
export interface Credentials {
  /** The account's own scheme: it cannot be changed. */
  authScheme: PatchableScheme;
  val: Record<string, string | null>;
}

type PatchableScheme = (typeof patchableSchemes)[number];

/** What a backend gives to each of the calls. */
export interface Changes {
  enable: AccountInput;
  disable: AccountInput;
  /** The empty string takes the alias off. */
  updateAlias: AccountInput & { alias: string };
  updateCredentials: AccountInput & { credentials: Credentials };
  /** Of `sharing`, what is left out stays, and an empty list empties it. */
  updateSharing: AccountInput & { sharing: Sharing };
}

export type CommandName = keyof Changes;

/** A change as it travels to Temporal and stands in histories: without open credentials. */
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

/** The account as it was read back. */
export interface ChangedAccount {
  /** The connection that it belongs to: another one after `updateAlias`. */
  connectionId: string;
  connectedAccountId: string;
  status: AccountStatus;
}

/** How an `accountCommand` run ends. A refusal is a value: nobody has to mend anything. */
export type CommandAnswer = { account: ChangedAccount } | { refused: Refused };

/** Whether an account is as a command wants it; null when the API does not tell. */
export function isAsAsked(row: AccountSnapshot, command: AccountCommand): boolean | null {
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

/** Whether every field that was given is so: lists in any order, and one that is left out is empty. */
function isSharedAs(is: Sharing, asked: Sharing): boolean {
  const same = (a: string[] = [], b: string[] = []) =>
    new Set([...a, ...b]).size === new Set(a).size && new Set(a).size === new Set(b).size;
  const { allowAllUsers, allowedUserIds, notAllowedUserIds } = asked;
  return (
    (allowAllUsers === undefined || allowAllUsers === (is.allowAllUsers ?? false)) &&
    (allowedUserIds === undefined || same(is.allowedUserIds, allowedUserIds)) &&
    (notAllowedUserIds === undefined || same(is.notAllowedUserIds, notAllowedUserIds))
  );
}
