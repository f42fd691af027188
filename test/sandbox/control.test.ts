import { describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { SandboxControl } from '../../sandbox/control.ts';
import { startSandbox } from '../../sandbox/index.ts';
import { useSandbox } from './support.ts';

const lines: string[] = [];
const {
  client,
  control,
  create,
  fetch: call,
  link,
  newUser,
  sandbox,
} = useSandbox({
  log: (line) => lines.push(line),
});

describe('the control API', () => {
  it('counts calls by route and records the account and user of each', async () => {
    await control().resetCalls();
    const userId = newUser();
    const { connected_account_id: id } = await link({ user_id: userId });
    await client().connectedAccounts.list({ user_ids: [userId] });
    await client().connectedAccounts.retrieve(id);
    await client().connectedAccounts.delete(id);
    await call('/api/v3/connected_accounts/ca_none');

    expect(await control().calls()).toEqual({
      'POST /connected_accounts/link': 1,
      'GET /connected_accounts': 1,
      'GET /connected_accounts/:id': 2,
      'DELETE /connected_accounts/:id': 1,
    });
    const log = await control().callLog();
    expect(log.map(({ accountId, userId, status }) => [accountId, userId, status])).toEqual([
      [null, userId, 201],
      [null, userId, 200],
      [id, userId, 200],
      [id, userId, 200],
      ['ca_none', null, 404],
    ]);
  });

  it('counts the calls that create and change accounts in other ways, too', async () => {
    await control().resetCalls();
    const userId = newUser();
    const { id } = await create('ac_no_auth', undefined, { user_id: userId });
    await client().connectedAccounts.patch(id, { alias: 'work' });
    await client().connectedAccounts.updateStatus(id, { enabled: true });
    const body = JSON.stringify({ session_uri: 'none', user_id: userId });
    await call('/api/v3.1/connected_accounts/complete_auth', { method: 'POST', body });

    const log = await control().callLog();
    expect(log.map(({ route, accountId, userId }) => [route, accountId, userId])).toEqual([
      ['POST /connected_accounts', null, userId],
      ['PATCH /connected_accounts/:id', id, userId],
      ['PATCH /connected_accounts/:id/status', id, userId],
      ['POST /connected_accounts/complete_auth', null, userId],
    ]);
  });

  it('logs every change and who made it', async () => {
    const userId = newUser();
    const { connected_account_id: id, redirect_url } = await link({ user_id: userId });
    await new Person('ada').approve(redirect_url);
    await control().setStatus(id, 'EXPIRED');
    const { response } = await client().connectedAccounts.delete(id).withResponse();

    const writes = await control().writes({ userId });
    const told = writes.map(({ by, op, statusBefore, statusAfter }) =>
      [by, op, statusBefore, statusAfter].join(' '),
    );
    expect(told).toEqual([
      'api link  INITIALIZING',
      'person status INITIALIZING INITIATED',
      'person status INITIATED ACTIVE',
      'control status ACTIVE EXPIRED',
      'api delete EXPIRED EXPIRED',
    ]);
    expect(writes.at(-1)?.requestId).toBe(response.headers.get('x-request-id'));
  });

  it('seeds accounts in any status, with a real grant if there is one', async () => {
    const userId = newUser();
    const row = { userId, authConfigId: 'ac_github', alias: 'old' };
    const { id: active } = await control().seedAccount(row);
    const { id: expired } = await control().seedAccount({ ...row, status: 'EXPIRED' });
    expect(await control().introspect(active)).toEqual({ access: true, refresh: true });
    expect(await control().introspect(expired)).toEqual({ access: null, refresh: null });
    expect(await client().connectedAccounts.retrieve(expired)).toMatchObject({
      alias: 'old',
      status: 'EXPIRED',
      status_reason: 'Permanent auth error during token refresh',
    });
    await control().remove(active);
    const rows = await control().accounts({ userId });
    expect(rows.map(({ deleted }) => deleted)).toEqual([true, false]);
  });

  it('knows every secret, and its call log has none', async () => {
    const { redirect_url, link_token } = await link();
    await new Person('ada').approve(redirect_url);
    const secrets = await control().secrets();
    expect(secrets).toEqual(expect.arrayContaining([redirect_url, link_token, sandbox().apiKey]));
    expect(lines).toContain('POST /connected_accounts/link 201');
    expect(secrets.filter((secret) => lines.join('\n').includes(secret))).toEqual([]);
  });

  it('issues further keys of the organization, which are secrets too', async () => {
    const before = await control().secrets();
    const apiKey = await control().issueApiKey();
    expect(await control().secrets(before.length)).toEqual([apiKey]);
    const list = `${sandbox().url}/api/v3.1/connected_accounts`;
    expect((await call(list, { headers: { 'x-api-key': apiKey } })).status).toBe(200);
  });

  it('reports an unknown account', async () => {
    await expect(control().setStatus('ca_none', 'ACTIVE')).rejects.toThrow('no account ca_none');
  });
});

describe('a sandbox', () => {
  it('runs beside another and stops although an answer is stalled', async () => {
    const other = await startSandbox({ apiKey: 'ak_other' });
    expect(other.url).not.toBe(sandbox().url);
    const url = `${other.url}/api/v3.1/connected_accounts`;
    expect((await call(url)).status).toBe(401);
    const route = 'GET /connected_accounts';
    await new SandboxControl(other.url).fault({ route, fault: { kind: 'stalledBody' } });
    const stalled = await call(url, { headers: { 'x-api-key': other.apiKey } });
    await other.stop();
    await expect(stalled.text()).rejects.toThrow('terminated');
    await expect(call(url)).rejects.toThrow('fetch failed');
  });
});
