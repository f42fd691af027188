import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { AccountStatus } from '../account.ts';
import type { CallEntry } from '../call-log.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { badRequest } from './errors.ts';

export interface ApiEnv {
  Bindings: HttpBindings;
  /** `shownAs`: a stale reading. */
  Variables: { requestId: string; route: string; shownAs?: AccountStatus | undefined };
}
export type ApiContext = Context<ApiEnv>;

/** The fields that are read before the body is validated, so each may have any type. */
type Body = {
  user_id?: unknown;
  entity_id?: unknown;
  connected_account_id?: unknown;
  connection?: { user_id?: unknown; data?: unknown; state?: { val?: unknown } | null } | null;
  auth_config?: { credentials?: unknown } | null;
  credentials?: unknown;
  connection_data?: unknown;
} | null;

/** The placeholder for the second path segment in the name of a route. */
const parameters: Record<string, string> = {
  connected_accounts: ':id',
  auth_configs: ':id',
  toolkits: ':slug',
  tools: ':slug',
};
const literals = new Set(['link', 'complete_auth', 'execute']);

/**
 * The route of a call, and its user. It reads the body first, because a connection that is dropped
 * during the client's write would look different to it. It records the credentials of every call,
 * whatever its result.
 */
export async function describeCall(
  { req }: ApiContext,
  state: State,
): Promise<Pick<CallEntry, 'route' | 'accountId' | 'userId'>> {
  const body = parsed(await req.text());
  state.secrets.noteValues(body?.connection?.state?.val);
  state.secrets.noteValues(body?.connection?.data);
  state.secrets.noteValues(body?.connection_data);
  state.secrets.noteValues(body?.auth_config?.credentials);
  state.secrets.noteValues(body?.credentials);
  const path = req.path.replace(/^\/api\/v3(\.1)?/, '');
  const [, resource = '', segment, rest = ''] = /^\/(\w+)(?:\/([^/]+)(\/.*)?)?$/.exec(path) ?? [];
  const placeholder = segment !== undefined && !literals.has(segment) && parameters[resource];
  if (!placeholder) {
    const route = `${req.method} ${path.replace(/^\/tools\/execute\/.*/, '/tools/execute/:slug')}`;
    const { connected_account_id: id } = body ?? {};
    const accountId = typeof id === 'string' ? id : null;
    const userId = req.method === 'GET' ? req.query('user_ids') : userOf(body);
    return { route, accountId, userId: userId || null };
  }
  const route = `${req.method} /${resource}/${placeholder}${rest}`;
  if (resource !== 'connected_accounts') return { route, accountId: null, userId: null };
  const accountId = decode(segment);
  return { route, accountId, userId: state.accounts.find(accountId)?.userId ?? null };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function userOf(body: Body | undefined): string | null {
  const userId = body?.user_id ?? body?.entity_id ?? body?.connection?.user_id;
  return typeof userId === 'string' ? userId : null;
}

function parsed(text: string): Body | undefined {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined;
  }
}

/** `empty` replaces a missing body, for calls that need none. */
export async function bodyOf(c: ApiContext, empty?: object): Promise<unknown> {
  if (empty && (await c.req.text()) === '') return empty;
  try {
    return await c.req.json<unknown>();
  } catch {
    throw badRequest('The body is not JSON');
  }
}

export function causeOf(c: ApiContext): Cause {
  return { by: 'api', requestId: c.get('requestId') };
}
