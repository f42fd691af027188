import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { AccountStatus } from '../account.ts';
import type { CallEntry } from '../call-log.ts';
import type { State } from '../state.ts';

export interface ApiEnv {
  Bindings: HttpBindings;
  /** `shownAs`: a stale reading. */
  Variables: { requestId: string; shownAs?: AccountStatus | undefined };
}
export type ApiContext = Context<ApiEnv>;

/** As much as is looked at before a body is checked: any of it may be something else. */
type Body = {
  user_id?: unknown;
  entity_id?: unknown;
  connected_account_id?: unknown;
  connection?: { user_id?: unknown; state?: { val?: unknown } | null } | null;
  connection_data?: unknown;
} | null;

const collection = '/connected_accounts';

/**
 * Which route a call is for, and for whom. Reads the body first: a connection that is dropped while
 * the client still writes would look different to it. Its credentials are noted whatever becomes of it.
 */
export async function describeCall(
  { req }: ApiContext,
  state: State,
): Promise<Pick<CallEntry, 'route' | 'accountId' | 'userId'>> {
  const body = parsed(await req.text());
  state.secrets.noteValues(body?.connection?.state?.val);
  state.secrets.noteValues(body?.connection_data);
  const path = req.path.replace(/^\/api\/v3(\.1)?/, '');
  const match = /^\/connected_accounts\/([^/]+)(\/.*)?$/.exec(path);
  const segment = match?.[1];
  if (segment !== undefined && segment !== 'link' && segment !== 'complete_auth') {
    const accountId = decode(segment);
    const route = `${req.method} ${collection}/:id${match?.[2] ?? ''}`;
    return { route, accountId, userId: state.accounts.find(accountId)?.userId ?? null };
  }
  if (path.startsWith('/tools/execute/')) {
    const { connected_account_id: id, user_id, entity_id } = body ?? {};
    const accountId = typeof id === 'string' ? id : null;
    const userId = user_id ?? entity_id;
    const route = `${req.method} /tools/execute/:slug`;
    return { route, accountId, userId: typeof userId === 'string' ? userId : null };
  }
  const userId = req.method === 'GET' ? req.query('user_ids') : userOf(body);
  return { route: `${req.method} ${path}`, accountId: null, userId: userId || null };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function userOf(body: Body | undefined): string | null {
  const userId = body?.user_id ?? body?.connection?.user_id;
  return typeof userId === 'string' ? userId : null;
}

function parsed(text: string): Body | undefined {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined;
  }
}
