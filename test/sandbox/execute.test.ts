import { afterEach, describe, expect, it } from 'vitest';
import { refusal, refused, useSandbox } from './support.ts';

const { client, control, create, newUser } = useSandbox();
const slug = 'GMAIL_SEND_EMAIL';

const execute = (body: { user_id?: string; connected_account_id?: string }, tool = slug) =>
  client().tools.execute(tool, { ...body, arguments: { to: 'ada@people.example' } });

async function seeded(row: Partial<Parameters<ReturnType<typeof control>['seedAccount']>[0]> = {}) {
  const user_id = row.userId ?? newUser();
  const { id } = await control().seedAccount({ authConfigId: 'ac_gmail', ...row, userId: user_id });
  return { user_id, connected_account_id: id };
}

const letThrough = async (id: string) => (await control().toolCalls())[id] ?? 0;

afterEach(async () => {
  await control().settings({ inactiveExecutes: false, tools: 'work' });
});

describe('a tool call', () => {
  it('uses the named account, and is counted', async () => {
    const account = await seeded();
    expect(await execute(account)).toMatchObject({
      successful: true,
      error: null,
      data: { executed: slug },
    });
    await execute(account);
    expect(await letThrough(account.connected_account_id)).toBe(2);
  });

  it('finds the user’s account of the toolkit itself, an ACTIVE one before all others', async () => {
    const { user_id, connected_account_id: id } = await seeded();
    await seeded({ userId: user_id, status: 'EXPIRED' });
    await seeded({ userId: user_id, authConfigId: 'ac_github' });
    expect(await execute({ user_id })).toMatchObject({ successful: true });
    expect(await letThrough(id)).toBe(1);
  });

  it('is refused with the code of the problem', async () => {
    const { user_id, connected_account_id } = await seeded();
    const gone = await seeded();
    await control().remove(gone.connected_account_id);
    const cases = [
      [execute({ user_id: newUser() }), 404, 1810, 'ActionExecute_ConnectedAccountNotFound'],
      [execute(gone), 404, 1810, 'ActionExecute_ConnectedAccountNotFound'],
      [
        execute({ connected_account_id }),
        400,
        1811,
        'ActionExecute_ConnectedAccountEntityIdRequired',
      ],
      [
        execute({ connected_account_id, user_id: 'another' }),
        400,
        1812,
        'ActionExecute_ConnectedAccountEntityIdMismatch',
      ],
      [
        execute({ user_id, connected_account_id }, 'GITHUB_STAR'),
        404,
        1810,
        'ActionExecute_ConnectedAccountNotFound',
      ],
    ] as const;
    for (const [call, status, code, slug] of cases) {
      expect(await refusal(call)).toMatchObject(refused(status, { code, slug }));
    }
    expect(await refusal(execute({ user_id }, 'NOBODYS_TOOL'))).toMatchObject(refused(404));
    expect(await letThrough(connected_account_id)).toBe(0);
  });

  it('is refused in every status but ACTIVE', async () => {
    const expired = await seeded({ status: 'EXPIRED' });
    expect(await refusal(execute(expired))).toMatchObject(
      refused(410, { code: 1820, slug: 'ActionExecute_ConnectedAccountExpired' }),
    );
    for (const status of ['INITIALIZING', 'INITIATED', 'FAILED', 'INACTIVE', 'REVOKED'] as const) {
      const account = await seeded({ status });
      expect(await refusal(execute(account))).toMatchObject(refused(422));
      expect(await letThrough(account.connected_account_id)).toBe(0);
    }
  });

  it('works with an INACTIVE account if set to, as seen live', async () => {
    await control().settings({ inactiveExecutes: true });
    const account = await seeded({ status: 'INACTIVE' });
    expect(await execute(account)).toMatchObject({ successful: true });
    expect(await letThrough(account.connected_account_id)).toBe(1);
  });

  it('with a SHARED account works for the users that its ACL allows', async () => {
    const { connected_account_id } = await seeded({ acl: { allowed_user_ids: ['friend'] } });
    expect(await execute({ connected_account_id, user_id: 'friend' })).toMatchObject({
      successful: true,
    });
    const stranger = execute({ connected_account_id, user_id: 'stranger' });
    expect(await refusal(stranger)).toMatchObject(refused(403));
  });

  it('that the toolkit refuses is answered 200 and not successful, also while ACTIVE', async () => {
    const account = await seeded();
    await control().killGrant(account.connected_account_id);
    expect(await execute(account)).toMatchObject({
      successful: false,
      error: expect.stringContaining('401') as string,
    });
    await control().settings({ tools: 'fail' });
    expect(await execute(await seeded())).toMatchObject({
      successful: false,
      error: expect.stringContaining('500') as string,
    });
    expect(await letThrough(account.connected_account_id)).toBe(1);
  });

  it('of a toolkit without a provider needs none', async () => {
    const user_id = newUser();
    const key = { authScheme: 'API_KEY', val: { status: 'ACTIVE', api_key: 'tvly-1' } };
    const { id } = await create('ac_apikey', key, { user_id });
    const call = { user_id, connected_account_id: id };
    expect(await execute(call, 'TAVILY_SEARCH')).toMatchObject({ successful: true });
  });

  it('is in the call log with its user and account', async () => {
    const account = await seeded();
    await control().resetCalls();
    await execute(account);
    expect(await control().callLog()).toMatchObject([
      {
        route: 'POST /tools/execute/:slug',
        accountId: account.connected_account_id,
        userId: account.user_id,
        status: 200,
      },
    ]);
  });
});
