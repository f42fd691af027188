import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthScheme, type ConnectUserInput } from '../../../src/index.ts';
import { openStage, type TestStage, TestUser } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

const create = 'POST /connected_accounts';
const initiate = (scheme: AuthScheme): Partial<ConnectUserInput> => ({
  method: { initiate: scheme },
});

async function outcomeOf(user: TestUser) {
  return stage.mooring.connections.get(user.connectionId).result({ timeoutMs: 20_000 });
}

describe('credentials that the backend holds', () => {
  it.each<[string, AuthScheme]>([
    ['ac_apikey', AuthScheme.APIKey({ generic_api_key: 'key-of-ada-1' })],
    [
      'ac_basic',
      AuthScheme.Basic({
        username: 'ada-at-freshdesk',
        password: 'pw-of-ada-1',
        subdomain: 'acme',
      }),
    ],
    ['ac_bearer', AuthScheme.BearerToken({ token: 'token-of-ada-1' })],
    [
      'ac_google_service_account',
      AuthScheme.GoogleServiceAccount({ credentials_json: '{"private_key":"pem-of-ada-1"}' }),
    ],
    [
      'ac_service_account',
      AuthScheme.ServiceAccount({
        application_id: 'app-of-ada-1',
        installation_id: 'installation-1',
        private_key: 'pem-of-ada-2',
      }),
    ],
    [
      'ac_basic_with_jwt',
      AuthScheme.BasicWithJWT({ username: 'ada-at-odoo', password: 'pw-of-ada-2' }),
    ],
    ['ac_billcom', AuthScheme.BillcomAuth({ sessionId: 'session-of-ada', devKey: 'dev-key-ada' })],
    ['ac_s2s_oauth2', AuthScheme.S2SOAuth2({ access_token: 'access-of-ada-1' })],
    ['ac_custom_slack', AuthScheme.OAuth2({ access_token: 'access-of-ada-2' })],
    ['ac_dcr_oauth', AuthScheme.DcrOAuth({ client_id: 'client-1', access_token: 'access-ada-3' })],
    [
      'ac_cimd_oauth',
      AuthScheme.CimdOAuth({ client_id: 'https://client-2.example', access_token: 'access-ada-4' }),
    ],
    [
      'ac_oauth1',
      AuthScheme.OAuth1({ oauth_token: 'oauth-of-ada-1', oauth_token_secret: 'secret-of-ada-1' }),
    ],
    ['ac_no_auth', AuthScheme.NoAuth()],
    ['ac_calcom', AuthScheme.CalcomAuth()],
    ['ac_saml', AuthScheme.Saml()],
  ])('make an account of %s ACTIVE with three API calls and no browser', async (id, scheme) => {
    const user = stage.user(id);
    const answer = await user.ask(initiate(scheme));
    expect(answer).toMatchObject({ status: 'ACTIVE', redirectUrl: null, expiresAt: null });
    const { connectedAccountId } = answer;
    expect(await outcomeOf(user)).toEqual({
      status: 'ACTIVE',
      reason: null,
      connectedAccountId,
      statusReason: null,
    });
    expect(await user.calls()).toEqual([
      'GET /connected_accounts',
      create,
      'GET /connected_accounts/:id',
    ]);
    expect(await user.left()).toEqual([[connectedAccountId, 'ACTIVE']]);
  });

  it('are refused as ERR_CREDENTIALS_REJECTED when the toolkit refuses them, and nothing is left', async () => {
    const user = stage.user('ac_apikey');
    await stage.sandbox.settings({ echoCredentials: true });
    const key = 'bad-key-of-eve-12345';
    const refused = user.ask(initiate(AuthScheme.APIKey({ generic_api_key: key })));
    const error: unknown = await refused.catch((thrown: unknown) => thrown);
    await stage.sandbox.settings({ echoCredentials: false });
    expect(error).toMatchObject({
      code: 'ERR_CREDENTIALS_REJECTED',
      details: { field: 'generic_api_key' },
    });
    expect(String(error)).not.toContain(key);
    expect(await outcomeOf(user)).toMatchObject({
      status: 'FAILED',
      reason: 'refused',
      statusReason: 'ERR_CREDENTIALS_REJECTED',
    });
    expect(await user.left()).toEqual([]);
  });

  it('of another scheme than the auth config’s are refused, and nothing is left', async () => {
    const user = stage.user('ac_apikey');
    const refused = user.ask(initiate(AuthScheme.BearerToken({ token: 'token-of-ada-2' })));
    await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT' });
    expect(await user.left()).toEqual([]);
  });

  it('join an open attempt with the same credentials, and none with others', async () => {
    const user = stage.user('ac_custom_slack');
    const scheme = initiate(AuthScheme.OAuth2({}));
    const first = await user.connect(scheme);
    expect(await user.connect(scheme)).toEqual(first);
    const other = initiate(
      AuthScheme.OAuth2({ client_id: 'another-app', client_secret: 'of-ada-3' }),
    );
    await expect(user.connect(other)).rejects.toMatchObject({
      code: 'ERR_CONNECT_IN_PROGRESS',
      details: { field: 'method' },
    });
    await stage.mooring.connections.get(user.connectionId).cancel();
    expect(await outcomeOf(user)).toMatchObject({ status: 'CANCELED' });
  });

  it('get the first answer again with the same requestId', async () => {
    const user = stage.user('ac_apikey');
    const input = {
      ...initiate(AuthScheme.APIKey({ generic_api_key: 'key-of-ada-2' })),
      requestId: 'order-1',
    };
    const first = await user.ask(input);
    expect(await user.ask(input)).toEqual(first);
    expect((await user.calls()).filter((call) => call === create)).toHaveLength(1);
  });

  it('make one account when the answer to their call was lost', async () => {
    const user = stage.user('ac_apikey');
    await stage.sandbox.fault({
      route: create,
      userId: user.id,
      fault: { kind: 'applyThenDrop' },
    });
    await user.ask(initiate(AuthScheme.APIKey({ generic_api_key: 'key-of-ada-3' })));
    const { connectedAccountId } = await outcomeOf(user);
    expect(await user.left()).toEqual([[connectedAccountId, 'ACTIVE']]);
  });

  it('are refused when another kind of caller sends them unsealed, and never used', async () => {
    const user = stage.user('ac_apikey');
    const { id: userId, authConfigId, workflowId } = user;
    const open = { initiate: AuthScheme.APIKey({ generic_api_key: 'key-sent-open' }) };
    const run = await stage.temporal.workflow.start('connectUser', {
      workflowId,
      taskQueue: stage.taskQueue,
      args: [{ userId, authConfigId, method: open }],
    });
    expect(await run.result()).toMatchObject({
      status: 'FAILED',
      reason: 'refused',
      statusReason: 'ERR_INVALID_INPUT',
    });
    expect(await user.calls()).toEqual([]);
  });
});

describe('an OAuth app of one’s own', () => {
  it('sends its user to the provider with the fields that the toolkit needs', async () => {
    const user = stage.user('ac_custom_zendesk');
    const scheme = AuthScheme.OAuth2({ subdomain: 'acme' });
    const { redirectUrl, connectedAccountId, status } = await user.connect(initiate(scheme));
    expect(status).toBe('INITIATED');
    const home = await user.comeBack(await user.person.approve(redirectUrl));
    expect(home?.searchParams.get('mooring_status')).toBe('active');
    expect(await outcomeOf(user)).toMatchObject({ status: 'ACTIVE', connectedAccountId });
    expect(await user.left()).toEqual([[connectedAccountId, 'ACTIVE']]);
  });

  it('fails with ERR_MISSING_FIELDS when a field is missing, and names it', async () => {
    const user = stage.user('ac_custom_zendesk');
    await expect(user.connect(initiate(AuthScheme.OAuth2({})))).rejects.toMatchObject({
      code: 'ERR_MISSING_FIELDS',
      details: { field: 'Subdomain' },
    });
    expect(await user.left()).toEqual([]);
  });

  it('of Composio’s is refused as retired, with a message that names the method link', async () => {
    const refused = stage.user('ac_gmail').connect(initiate(AuthScheme.OAuth2({})));
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ENDPOINT_RETIRED' });
    await expect(refused).rejects.toThrow(/link/);
  });
});

describe('a link', () => {
  it('carries the prefilled fields of its page, sealed on the way', async () => {
    const user = stage.user('ac_custom_zendesk');
    const { redirectUrl } = await user.connect({
      method: { link: { connectionData: { subdomain: 'acme-prefilled' } } },
    });
    const page = await (await fetch(redirectUrl)).text();
    expect(page).toContain('acme-prefilled');
    await stage.mooring.connections.get(user.connectionId).cancel();
    await outcomeOf(user);
  });
});

describe('sharing', () => {
  const asked = { allowedUserIds: ['bob'], notAllowedUserIds: ['eve'] };

  it.each([
    ['a link', 'ac_gmail', {}],
    ['initiate', 'ac_apikey', initiate(AuthScheme.APIKey({ generic_api_key: 'key-of-ada-4' }))],
  ])('makes the account SHARED with the requested lists, by %s', async (_, id, input) => {
    const user = stage.user(id);
    const { redirectUrl } = await user.ask({
      returnUrl: 'http://app.localhost:4321/done',
      sharing: asked,
      ...input,
    });
    if (redirectUrl !== null) await user.comeBack(await user.person.approve(redirectUrl));
    const { connectedAccountId } = await outcomeOf(user);
    const [row] = await stage.sandbox.accounts({ userId: user.id });
    expect(row).toMatchObject({ id: connectedAccountId, accountType: 'SHARED', status: 'ACTIVE' });
    expect(JSON.stringify(row)).toMatch(/bob.*eve/);
  });

  it('allows reuse only if the account is shared no wider than requested', async () => {
    const user = stage.user('ac_apikey');
    const scheme = initiate(AuthScheme.APIKey({ generic_api_key: 'key-of-ada-5' }));
    const first = await user.ask({ ...scheme, sharing: { allowAllUsers: true } });
    await outcomeOf(user);
    await expect(user.ask({ onExisting: 'reuse' })).rejects.toMatchObject({
      code: 'ERR_ALREADY_CONNECTED',
    });
    const again = await user.ask({ onExisting: 'reuse', sharing: { allowAllUsers: true } });
    expect(again).toMatchObject({
      connectedAccountId: first.connectedAccountId,
      status: 'ACTIVE',
      redirectUrl: null,
    });
  });
});

describe('input that real backends have', () => {
  it('can be a callback URL with a query of its own, which stays as it is', async () => {
    const user = stage.user();
    const { redirectUrl, connectionId } = await user.ask({
      callbackUrl: 'http://app.localhost:4321/cb?a=1&b=%2F%20x',
    });
    const landed = await user.person.approve(redirectUrl ?? '');
    expect(landed.search).toMatch(/^\?a=1&b=%2F%20x&.*status=success/);
    await stage.mooring.connections.get(connectionId).deliverCallback({ status: 'success' });
    expect(await outcomeOf(user)).toMatchObject({ status: 'ACTIVE' });
  });

  it.each(['org/7/ada', `o"brien's`, 'zoë ✓ 名前', '100%~?#'])(
    'can be ids like %j, each of which names one user only',
    async (name) => {
      const user = new TestUser(stage, `${stage.taskQueue} ${name}`, 'ac_apikey');
      const scheme = AuthScheme.APIKey({ generic_api_key: 'key-of-an-odd-id' });
      const { connectionId } = await user.ask({ ...initiate(scheme), alias: `of ${name}` });
      const outcome = await stage.mooring.connections
        .get(connectionId)
        .result({ timeoutMs: 20_000 });
      expect(outcome).toMatchObject({ status: 'ACTIVE' });
      expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
      const [listed] = await stage.sandbox.accounts({ userId: user.id });
      expect(listed?.alias).toBe(`of ${name}`);
    },
  );
});
