import type { State } from '../state.ts';
import type { ApiContext } from './calls.ts';
import { unauthorized } from './errors.ts';

/**
 * Routes that a personal key cannot use: the specification names only the project's key for these.
 */
const projectOnly = new Set([
  'POST /connected_accounts',
  'POST /connected_accounts/complete_auth',
  'POST /connected_accounts/:id/refresh',
  'POST /connected_accounts/:id/revoke',
  'PATCH /connected_accounts/:id',
  'PATCH /connected_accounts/:id/status',
  'PATCH /auth_configs/:id/ENABLED',
  'PATCH /auth_configs/:id/DISABLED',
]);

/** Requires exactly one key, of a kind that this route accepts. */
export function authenticate(c: ApiContext, { apiKeys, userApiKeys }: State): void {
  const modes = ['x-api-key', 'x-user-api-key', 'x-org-api-key'].filter((name) =>
    c.req.header(name),
  );
  if (modes.length === 0) throw unauthorized('No authentication provided');
  if (modes.length > 1) throw unauthorized('Multiple authentication modes were provided');
  const userKey = c.req.header('x-user-api-key');
  const isKnown =
    userKey === undefined
      ? apiKeys.has(c.req.header('x-api-key') ?? '')
      : userApiKeys.has(userKey) && !projectOnly.has(c.get('route'));
  if (!isKnown) throw unauthorized('Invalid API key');
}
