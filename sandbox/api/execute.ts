import { randomBytes } from 'node:crypto';
import type { ToolExecuteResponse } from '@composio/client/resources/tools.mjs';
import { z } from 'zod';
import { type Account, accountType } from '../account.ts';
import { redirects } from '../auth-configs.ts';
import { wrongCredential } from '../fields.ts';
import type { State } from '../state.ts';
import { tokensOf } from '../tokens.ts';
import { parseBody } from './body.ts';
import { ApiError } from './errors.ts';
import { toolkitOfTool } from './tools.ts';

const bodySchema = z.object({
  connected_account_id: z.string().min(1).optional(),
  user_id: z.string().min(1).optional(),
  entity_id: z.string().min(1).optional(),
});
type Body = z.infer<typeof bodySchema>;

/** Executes a tool if its account allows that. It does not imitate what toolkits do (§11). */
export async function executeTool(
  state: State,
  slug: string,
  input: unknown,
): Promise<ToolExecuteResponse> {
  const account = accountFor(state, toolkitOfTool(slug).toolkit, parseBody(bodySchema, input));
  requireUsable(state, account);
  state.toolCalls.set(account.id, (state.toolCalls.get(account.id) ?? 0) + 1);
  const refused = await refusalOf(state, account);
  return {
    data: refused === null ? { executed: slug } : {},
    error: refused,
    successful: refused === null,
    log_id: `log_${randomBytes(6).toString('hex')}`,
  };
}

/** The named account, or the user's newest of the toolkit, usable ones first. */
function accountFor({ accounts }: State, toolkit: string, body: Body): Account {
  const userId = body.user_id ?? body.entity_id;
  const { connected_account_id: id } = body;
  if (id === undefined) {
    const owner = userId ?? 'default';
    const own = accounts
      .list([owner])
      .filter((row) => !row.deleted && row.acl === null && row.authConfig.toolkit === toolkit);
    const chosen = own.findLast(({ status }) => status === 'ACTIVE') ?? own.at(-1);
    const account = chosen && accounts.find(chosen.id);
    if (!account) throw noAccount(owner, toolkit);
    return account;
  }
  if (userId === undefined) {
    throw new ApiError(
      400,
      1_811,
      'ActionExecute_ConnectedAccountEntityIdRequired',
      'user_id is required when connected_account_id is given',
    );
  }
  const account = accounts.find(id);
  if (!account || account.deleted || account.authConfig.toolkit !== toolkit) {
    throw noAccount(userId, toolkit);
  }
  requireAllowed(account, userId);
  return account;
}

function noAccount(userId: string, toolkit: string): ApiError {
  const message = `No connected account found for user ${userId} and toolkit ${toolkit}`;
  return new ApiError(404, 1_810, 'ActionExecute_ConnectedAccountNotFound', message);
}

function requireAllowed(account: Account, userId: string): void {
  const { acl } = account;
  if (userId === account.userId) return;
  if (accountType(account) === 'PRIVATE') {
    throw new ApiError(
      400,
      1_812,
      'ActionExecute_ConnectedAccountEntityIdMismatch',
      'The connected account belongs to another user_id',
    );
  }
  const denied = acl?.not_allowed_user_ids.includes(userId);
  if (!denied && (acl?.allow_all_users || acl?.allowed_user_ids.includes(userId))) return;
  // The contract gives no code and no slug for this, nor for the states below other than EXPIRED.
  const message = 'The shared connected account is not open to this user_id';
  throw new ApiError(403, 1_813, 'ActionExecute_SharedAccessDenied', message);
}

function requireUsable({ settings }: State, { id, status, authConfig }: Account): void {
  if (authConfig.deleted) {
    const message = `The auth config of connected account ${id} was deleted`;
    throw new ApiError(422, 1_821, 'ActionExecute_ConnectedAccountInvalidState', message);
  }
  if (status === 'ACTIVE' || (status === 'INACTIVE' && settings.inactiveExecutes)) return;
  const message = `Connected account ${id} is in ${status} state`;
  throw status === 'EXPIRED'
    ? new ApiError(410, 1_820, 'ActionExecute_ConnectedAccountExpired', message)
    : new ApiError(422, 1_821, 'ActionExecute_ConnectedAccountInvalidState', message);
}

/**
 * The toolkit's objection to the call, or null. A toolkit may refuse the token of an ACTIVE account
 * (§9).
 */
async function refusalOf(state: State, account: Account): Promise<string | null> {
  if (state.settings.tools === 'fail') return '500 Internal Server Error from the toolkit';
  const { authConfig, promised, id } = account;
  if (!redirects(authConfig)) return wrongCredential(account.values) ? unauthorized : null;
  if (promised === 'sandbox') return null;
  const { access } = await state.locks.run(id, async () => {
    const tokens = await tokensOf(state, account);
    // An imported token is the toolkit's own, which our provider does not know.
    if (account.tokens === null) return { access: tokens !== null };
    return state.client.introspect(authConfig, account.tokens);
  });
  return access ? null : unauthorized;
}

const unauthorized = '401 Unauthorized from the toolkit: invalid credentials';
