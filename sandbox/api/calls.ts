import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { CallEntry } from '../call-log.ts';
import type { State } from '../state.ts';

export interface ApiEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string };
}
export type ApiContext = Context<ApiEnv>;

const collection = '/connected_accounts';

/**
 * Which route a call is for, and for whom. Reads the body first: a connection that is dropped while
 * the client still writes would look different to it.
 */
export async function describeCall(
  { req }: ApiContext,
  state: State,
): Promise<Pick<CallEntry, 'route' | 'accountId' | 'userId'>> {
  const body = await req.text();
  const path = req.path.replace(/^\/api\/v3(\.1)?/, '');
  const match = /^\/connected_accounts\/([^/]+)(\/.*)?$/.exec(path);
  const segment = match?.[1];
  if (segment !== undefined && segment !== 'link') {
    const accountId = decode(segment);
    const route = `${req.method} ${collection}/:id${match?.[2] ?? ''}`;
    return { route, accountId, userId: state.accounts.find(accountId)?.userId ?? null };
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

function userOf(body: string): string | null {
  try {
    const { user_id: userId } = JSON.parse(body) as { user_id?: unknown };
    return typeof userId === 'string' ? userId : null;
  } catch {
    return null;
  }
}
