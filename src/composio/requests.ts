import type {
  ConnectedAccountCreateParams,
  ConnectedAccountListParams,
  ConnectedAccountPatchParams,
  ConnectedAccountRefreshParams,
} from '@composio/client/resources/connected-accounts';
import type { LinkCreateParams } from '@composio/client/resources/link';
import { z } from 'zod';
import type { Sharing } from '../domain/account.ts';
import { authSchemeProblem } from '../domain/auth-scheme-problem.ts';
import { type AccountPageQuery, accountIdSchema, idSchema, parseInput } from '../domain/schemas.ts';
import { type AuthScheme, patchableSchemes } from '../domain/auth-schemes.ts';
import { MooringError } from '../domain/errors.ts';
import type { CredentialChange, NewAccount } from './api.ts';
import { defined } from '../domain/defined.ts';

/** The largest size used in production. The API documents no limit. */
const pageSize = 100;

export function parseAccountId(connectedAccountId: string): string {
  return parseInput(accountIdSchema, connectedAccountId, 'connectedAccountId');
}

/**
 * All account types, because the API otherwise leaves some out. Oldest first, so that new rows
 * shift nothing.
 */
export function listQuery(page: AccountPageQuery): ConnectedAccountListParams {
  const { accountType = 'ALL', orderBy = 'created_at', direction = 'asc', limit = pageSize } = page;
  // A null cursor would be sent as an empty one, and an empty list as no filter.
  const { userIds, toolkitSlugs, authConfigIds, connectedAccountIds, statuses, cursor } = page;
  return {
    ...defined({
      user_ids: userIds,
      toolkit_slugs: toolkitSlugs,
      auth_config_ids: authConfigIds,
      connected_account_ids: connectedAccountIds,
      statuses,
      cursor,
    }),
    account_type: accountType,
    order_by: orderBy,
    order_direction: direction,
    limit,
  };
}

/**
 * The SDKs send the URL in the query. The specification also has it in the body, so both have it.
 */
export function refreshParams({
  redirectUrl,
  validateCredentials,
}: {
  redirectUrl?: string;
  validateCredentials?: boolean;
}): ConnectedAccountRefreshParams {
  return {
    ...(redirectUrl !== undefined && {
      query_redirect_url: redirectUrl,
      body_redirect_url: redirectUrl,
    }),
    ...defined({ validate_credentials: validateCredentials }),
  };
}

/** Credentials that only a provider issues cannot be changed. Null removes a field. */
export function credentialsBody({ authScheme, val }: CredentialChange) {
  if (!(patchableSchemes as readonly string[]).includes(authScheme)) {
    throw invalidInput('authScheme', `must be one of ${patchableSchemes.join(', ')}`);
  }
  const { status: _, ...fields } = val;
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (entries.length === 0) throw invalidInput('val', 'has no field to change');
  const wrong = entries.find(([, value]) => value !== null && typeof value !== 'string');
  if (wrong !== undefined) throw invalidInput(`val.${wrong[0]}`, 'is neither a string nor null');
  // The client's type is a union of field names. Only Composio knows which name belongs to which
  // scheme.
  const state = { authScheme, val: Object.fromEntries(entries) };
  return { connection: { state } } as ConnectedAccountPatchParams;
}

export function sharingBody(sharing: Sharing): ConnectedAccountPatchParams {
  return { experimental: { acl_config_for_shared: aclBody(sharing) } };
}

export function linkBody({
  authConfigId,
  connectionData,
  ...account
}: NewAccount & { connectionData?: Record<string, string> }): LinkCreateParams {
  return {
    ...commonBody(account),
    auth_config_id: parseInput(idSchema, authConfigId, 'authConfigId'),
    ...(connectionData && { connection_data: connectionData }),
  };
}

export function accountBody({
  authConfigId,
  scheme,
  ...account
}: NewAccount & { scheme: AuthScheme }): ConnectedAccountCreateParams {
  const problem = authSchemeProblem(scheme);
  if (problem !== null) {
    const field = ['scheme', problem.field].filter(Boolean).join('.');
    throw invalidInput(field, problem.message);
  }
  const { authScheme, val } = scheme;
  // The client's type is a union over every scheme and status. The check above replaces it.
  const state = { authScheme, val } as NonNullable<
    ConnectedAccountCreateParams['connection']['state']
  >;
  return {
    auth_config: { id: parseInput(idSchema, authConfigId, 'authConfigId') },
    connection: { ...commonBody(account), state },
  };
}

export function authCompletionBody({ sessionUri, userId }: { sessionUri: string; userId: string }) {
  return {
    session_uri: parseInput(z.string().min(1, 'is empty'), sessionUri, 'sessionUri'),
    user_id: parseInput(idSchema, userId, 'userId'),
  };
}

function commonBody({ userId, alias, callbackUrl, sharing }: Omit<NewAccount, 'authConfigId'>) {
  return {
    user_id: parseInput(idSchema, userId, 'userId'),
    alias,
    ...defined({ callback_url: callbackUrl }),
    ...(sharing && { experimental: sharedBody(sharing) }),
  };
}

function sharedBody(sharing: Sharing) {
  return { account_type: 'SHARED' as const, acl_config_for_shared: aclBody(sharing) };
}

/** A field that is left out stays as it is, and an empty list clears the list. */
function aclBody({ allowAllUsers, allowedUserIds, notAllowedUserIds }: Sharing) {
  return {
    ...defined({
      allow_all_users: allowAllUsers,
      allowed_user_ids: allowedUserIds,
      not_allowed_user_ids: notAllowedUserIds,
    }),
  };
}

function invalidInput(field: string, message: string): MooringError {
  return new MooringError('ERR_INVALID_INPUT', `${field}: ${message}`, { field });
}
