import type { ConnectedAccountCreateParams } from '@composio/client/resources/connected-accounts';
import type { LinkCreateParams } from '@composio/client/resources/link';
import { z } from 'zod';
import type { Sharing } from '../domain/account.ts';
import { authSchemeProblem } from '../domain/auth-scheme-problem.ts';
import type { AuthScheme } from '../domain/auth-schemes.ts';
import { MooringError } from '../domain/errors.ts';
import { idSchema, parse } from '../domain/schemas.ts';
import type { NewAccount } from './api.ts';

/** Used in production as the largest; the API documents no limit. */
const pageSize = 100;

/** Anything else in an id would make another path, or ask for the collection. */
const accountIdSchema = idSchema.refine((id) => /^[\w-]+$/.test(id), 'is not an account id');

export function accountId(connectedAccountId: string): string {
  return parse(accountIdSchema, connectedAccountId, 'connectedAccountId');
}

export function listQuery(owner: { userId: string; authConfigId: string }) {
  return {
    user_ids: [parse(idSchema, owner.userId, 'userId')],
    auth_config_ids: [parse(idSchema, owner.authConfigId, 'authConfigId')],
    // Without it SHARED accounts are left out; oldest first, new rows shift nothing.
    account_type: 'ALL' as const,
    order_by: 'created_at' as const,
    order_direction: 'asc' as const,
    limit: pageSize,
  };
}

export function linkBody({
  authConfigId,
  connectionData,
  ...account
}: NewAccount & { connectionData?: Record<string, string> }): LinkCreateParams {
  return {
    ...commonBody(account),
    auth_config_id: parse(idSchema, authConfigId, 'authConfigId'),
    ...(connectionData && { connection_data: connectionData }),
  };
}

export function createBody({
  authConfigId,
  scheme,
  ...account
}: NewAccount & { scheme: AuthScheme }): ConnectedAccountCreateParams {
  const problem = authSchemeProblem(scheme);
  if (problem !== null) {
    const field = ['scheme', problem.field].filter(Boolean).join('.');
    throw new MooringError('ERR_INVALID_INPUT', `${field}: ${problem.message}`, { field });
  }
  const { authScheme, val } = scheme;
  // The client's own type is a union over every scheme and status, which the check above stands for.
  const state = { authScheme, val } as NonNullable<
    ConnectedAccountCreateParams['connection']['state']
  >;
  return {
    auth_config: { id: parse(idSchema, authConfigId, 'authConfigId') },
    connection: { ...commonBody(account), state },
  };
}

export function completeBody({ sessionUri, userId }: { sessionUri: string; userId: string }) {
  return {
    session_uri: parse(z.string().min(1, 'is empty'), sessionUri, 'sessionUri'),
    user_id: parse(idSchema, userId, 'userId'),
  };
}

function commonBody({ userId, alias, callbackUrl, sharing }: Omit<NewAccount, 'authConfigId'>) {
  return {
    user_id: parse(idSchema, userId, 'userId'),
    alias,
    ...(callbackUrl !== undefined && { callback_url: callbackUrl }),
    ...(sharing && { experimental: sharedBody(sharing) }),
  };
}

function sharedBody({ allowAllUsers, allowedUserIds, notAllowedUserIds }: Sharing) {
  return {
    account_type: 'SHARED' as const,
    acl_config_for_shared: {
      ...(allowAllUsers !== undefined && { allow_all_users: allowAllUsers }),
      ...(allowedUserIds && { allowed_user_ids: allowedUserIds }),
      ...(notAllowedUserIds && { not_allowed_user_ids: notAllowedUserIds }),
    },
  };
}
