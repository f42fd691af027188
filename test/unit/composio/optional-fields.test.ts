import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComposioApi } from '../../../src/composio/api.ts';
import { account, json, startUpstream, type Upstream } from './upstream.ts';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream(json(200, {}));
});
afterAll(() => upstream.stop());

const shared = {
  account_type: 'SHARED',
  acl_config_for_shared: {
    allow_all_users: false,
    allowed_user_ids: ['eve'],
    not_allowed_user_ids: ['mallory'],
  },
};
/** Every field that the contract has for an account, with a value. */
const full = account({
  alias: 'work',
  authScheme: 'OAUTH2',
  status_reason: 'Max auth failures reached',
  auth_config: {
    id: 'ac_1',
    auth_scheme: 'OAUTH2',
    is_composio_managed: false,
    is_disabled: false,
  },
  state: { authScheme: 'OAUTH2', val: { status: 'ACTIVE', displayName: 'ada@example.com' } },
  experimental: shared,
  test_request_endpoint: null,
  requested_scopes: ['mail.read'],
  requested_user_scopes: [],
  deprecated: { labels: [], uuid: 'c0de' },
});
const page = {
  items: [full],
  total_pages: 1,
  current_page: 1,
  total_items: 1,
  next_cursor: 'two',
};
const revoked = {
  revoked_tokens: ['access_token'],
  connected_account: { id: 'ca_1', status: 'REVOKED', user_id: 'ada' },
};
const created = {
  id: 'ca_1',
  status: 'INITIATED',
  redirect_url: 'https://connect.example/l',
  redirect_uri: 'https://connect.example/l',
  connectionData: {
    authScheme: 'OAUTH2',
    val: { status: 'INITIATED', redirectUrl: 'https://connect.example/l' },
  },
  experimental: shared,
};
const link = {
  link_token: 'lk_1',
  connected_account_id: 'ca_1',
  redirect_url: 'https://connect.example/l',
  expires_at: '2026-01-01T00:10:00.000Z',
  experimental: shared,
};

const making = { userId: 'ada', authConfigId: 'ac_1', alias: 'mooring-1' };
const scheme = { authScheme: 'OAUTH2', val: { status: 'INITIALIZING' } } as const;
const tool = { tool: 'GMAIL_X', userId: 'ada', connectedAccountId: 'ca_1', arguments: {} };

interface Call {
  answer: object;
  /** Without these fields the answer is useless. */
  required: string[];
  call: (api: ComposioApi) => Promise<unknown>;
}

const calls: Record<string, Call> = {
  get: {
    answer: full,
    required: ['id', 'auth_config', 'auth_config.id', 'toolkit', 'toolkit.slug', 'created_at'],
    call: async (api) => api.getAccount('ca_1'),
  },
  list: {
    answer: page,
    required: ['items'],
    call: async (api) => api.pageAccounts({}),
  },
  link: {
    answer: link,
    required: ['connected_account_id', 'redirect_url', 'expires_at'],
    call: async (api) => api.createLink(making),
  },
  create: {
    answer: created,
    required: ['id'],
    call: async (api) => api.createAccount({ ...making, scheme }),
  },
  refresh: {
    answer: { id: 'ca_1', status: 'INITIATED', redirect_url: 'https://connect.example/l' },
    required: ['id'],
    call: async (api) => api.refreshAccount('ca_1'),
  },
  patch: {
    answer: { success: true, id: 'ca_1', status: 'ACTIVE' },
    required: ['success', 'id'],
    call: async (api) => api.setAlias('ca_1', 'work'),
  },
  revoke: {
    answer: revoked,
    required: ['revoked_tokens', 'connected_account', 'connected_account.id'],
    call: async (api) => api.revokeAccount('ca_1'),
  },
  delete: {
    answer: { success: true, revoke_job_id: 'job_1' },
    required: ['success'],
    call: async (api) => api.deleteAccount('ca_1', { revokeOnDelete: true }),
  },
  complete_auth: {
    answer: { connected_account_id: 'ca_1', toolkit_slug: 'gmail' },
    required: ['connected_account_id'],
    call: async (api) => api.completeAuth({ sessionUri: 'sess_1', userId: 'ada' }),
  },
  execute: {
    answer: { data: { n: 1 }, error: null, successful: true, log_id: 'log_1', session_info: {} },
    required: ['successful'],
    call: async (api) => api.executeTool(tool),
  },
};

/** Every path of an answer that names a field of an object. Rows and lists stay complete. */
function pathsOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, field]: [string, unknown]) => {
    const path = `${prefix}${name}`;
    const isObject = typeof field === 'object' && field !== null && !Array.isArray(field);
    return [path, ...(isObject ? pathsOf(field, `${path}.`) : [])];
  });
}

function withField(answer: object, path: string, value: null | undefined): object {
  const copy = structuredClone(answer) as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const place = names.reduce((at, name) => at[name] as Record<string, unknown>, copy);
  place[last] = value; // undefined is left out of JSON
  return copy;
}

const table = Object.entries(calls).flatMap(([name, call]) => {
  const optional = pathsOf(call.answer).filter((path) => !call.required.includes(path));
  return optional.flatMap((path) => [
    { name, path, how: 'null', value: null, ...call },
    { name, path, how: 'absent', value: undefined, ...call },
  ]);
});

describe('an optional field of an answer', () => {
  it.each(table)('may be $how: $name $path', async ({ answer, path, value, call }) => {
    upstream.answer(json(200, withField(answer, path, value)));
    await expect(call(upstream.api())).resolves.toBeTypeOf('object');
  });

  it('hides no row of a list if it is null or absent', async () => {
    const optional = table.filter(({ name }) => name === 'get');
    const items = optional.map(({ path, value }) => withField(full, path, value));
    upstream.answer(json(200, { items }));
    const { rows, unreadable } = await upstream.api().pageAccounts({});
    expect(unreadable).toEqual([]);
    expect(rows).toHaveLength(items.length);
  });

  it('that says who may use an account does not open the account to more users if it is null', async () => {
    const read = async (path: string) => {
      upstream.answer(json(200, withField(full, `experimental.${path}`, null)));
      const read = await upstream.api().getAccount('ca_1');
      return [read?.accountType, read?.sharing];
    };
    const rest = { allowedUserIds: ['eve'], notAllowedUserIds: ['mallory'] };
    expect(await read('acl_config_for_shared')).toEqual(['SHARED', undefined]);
    expect(await read('acl_config_for_shared.allow_all_users')).toEqual(['SHARED', rest]);
    expect(await read('acl_config_for_shared.allowed_user_ids')).toEqual([
      'SHARED',
      { allowAllUsers: false, notAllowedUserIds: ['mallory'] },
    ]);
  });
});
