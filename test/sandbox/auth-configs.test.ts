import { describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { refusal, refused, useSandbox } from './support.ts';

const { client, control, create, fetch: call, link, newUser, status } = useSandbox();
const configs = () => client().authConfigs;

/** An auth config of GitHub with its creator's own OAuth app. */
async function ownGithub(scopes?: string): Promise<string> {
  const { auth_config } = await configs().create({
    toolkit: { slug: 'github' },
    auth_config: {
      type: 'use_custom_auth',
      authScheme: 'OAUTH2',
      name: 'Our GitHub app',
      credentials: {
        client_id: 'github-client',
        client_secret: 'github-client-secret',
        ...(scopes !== undefined && { scopes }),
      } as object,
    },
  });
  return auth_config.id;
}

async function connected(authConfigId: string, user_id = newUser()): Promise<string> {
  const { id, redirect_url } = await create(authConfigId, undefined, { user_id });
  await new Person('ada').approve(redirect_url ?? '');
  return id;
}

const execute = (id: string, user_id: string) =>
  client().tools.execute('GITHUB_LIST_STARGAZERS', { connected_account_id: id, user_id });

describe('an auth config', () => {
  it('is found by its toolkit, by its manager and by its name, a disabled one only on request', async () => {
    const id = await ownGithub();
    const found = async (query: Parameters<ReturnType<typeof configs>['list']>[0]) =>
      (await configs().list(query)).items.map((item) => item.id);
    expect(await found({ toolkit_slug: 'github' })).toEqual([id, 'ac_github']);
    expect(await found({ toolkit_slug: 'github,gmail', is_composio_managed: true })).toEqual([
      'ac_github',
      'ac_gmail',
    ]);
    expect(await found({ search: 'our github' })).toEqual([id]);
    await configs().updateStatus('DISABLED', { nanoid: id });
    expect(await found({ toolkit_slug: 'github' })).toEqual(['ac_github']);
    expect(await found({ search: id, show_disabled: true })).toEqual([id]);
    await configs().delete(id);
  });

  it('shows its state and its accounts, and masks the secrets of its creator', async () => {
    const id = await ownGithub();
    await connected(id);
    const shown = await configs().retrieve(id);
    expect(shown).toMatchObject({
      id,
      type: 'custom',
      name: 'Our GitHub app',
      toolkit: { slug: 'github' },
      auth_scheme: 'OAUTH2',
      is_composio_managed: false,
      status: 'ENABLED',
      no_of_connections: 1,
      credentials: { client_secret: 'gith...', scopes: ['repo.read'] },
    });
    expect(JSON.stringify(shown)).not.toContain('github-client-secret');
    expect(await control().secrets()).toContain('github-client-secret');
    await configs().delete(id);
  });

  it('of an OAuth app of one’s own is a client of its own at the provider', async () => {
    const id = await connected(await ownGithub());
    expect(await status(id)).toEqual({ status: 'ACTIVE', reason: null });
    expect(await control().introspect(id)).toEqual({ access: true, refresh: true });
    expect((await client().connectedAccounts.revoke(id)).revoked_tokens).toHaveLength(2);
  });

  it('requests its new scopes in later attempts only', async () => {
    const id = await ownGithub('repo.read');
    const before = await create(id);
    await configs().update(id, {
      type: 'custom',
      credentials: { scopes: ['repo.read', 'repo.write'] },
    });
    const after = await create(id);
    const scopesOf = async (account: string) =>
      (await client().connectedAccounts.retrieve(account)).requested_scopes;
    expect(await scopesOf(before.id)).toEqual(['repo.read']);
    expect(await scopesOf(after.id)).toEqual(['repo.read', 'repo.write']);
  });

  it('with Composio’s own OAuth app is made only for toolkits that have one', async () => {
    const make = (slug: string) => configs().create({ toolkit: { slug } });
    const { auth_config } = await make('gmail');
    expect(auth_config).toMatchObject({ auth_scheme: 'OAUTH2', is_composio_managed: true });
    expect(await refusal(make('slack'))).toMatchObject({ status: 400 });
    expect(await refusal(make('nowhere'))).toMatchObject({ status: 404 });
  });

  it('answers 400 for an invalid id, and 404 for an unknown one', async () => {
    for (const [id, expected] of [
      ['gmail', 400],
      ['ac_/x', 400],
      ['ac_none', 404],
    ] as const) {
      expect(await refusal(link({ auth_config_id: id }))).toMatchObject({ status: expected });
      expect(await refusal(create(id))).toMatchObject({ status: expected });
      expect(await refusal(configs().retrieve(id))).toMatchObject({ status: expected });
    }
  });
});

describe('a disabled auth config', () => {
  it('keeps its accounts INACTIVE for as long as it is disabled', async () => {
    const [id, user] = [await ownGithub(), newUser()];
    const active = await connected(id, user);
    const paused = await connected(id);
    await client().connectedAccounts.updateStatus(paused, { enabled: false });
    const pending = await create(id);
    await configs().updateStatus('DISABLED', { nanoid: id });

    expect(await client().connectedAccounts.retrieve(active)).toMatchObject({
      status: 'INACTIVE',
      status_reason: 'Auth config is disabled',
      is_disabled: true,
      auth_config: { is_disabled: true },
    });
    expect(await refusal(execute(active, user))).toMatchObject({ status: 422 });
    const enabling = client().connectedAccounts.updateStatus(active, { enabled: true });
    expect(await refusal(enabling)).toMatchObject({ status: 409 });
    expect(await refusal(link({ auth_config_id: id }))).toMatchObject(
      refused(400, { message: 'Auth config is disabled' }),
    );
    expect(await refusal(create(id))).toMatchObject({ status: 400 });
    await new Person('ada').approve(pending.redirect_url ?? '');
    expect((await status(pending.id)).status).toBe('INACTIVE');

    await configs().updateStatus('ENABLED', { nanoid: id });
    for (const account of [active, pending.id]) {
      expect(await status(account)).toEqual({ status: 'ACTIVE', reason: null });
    }
    expect(await status(paused)).toMatchObject({
      status: 'INACTIVE',
      reason: 'Connection status updated by user',
    });
    expect(await execute(active, user)).toMatchObject({ successful: true });
  });
});

describe('a deleted auth config', () => {
  it('is unknown, and its accounts can be neither used nor revoked', async () => {
    const [id, user] = [await ownGithub(), newUser()];
    const account = await connected(id, user);
    await configs().delete(id);
    expect(await refusal(configs().retrieve(id))).toMatchObject({ status: 404 });
    expect(await refusal(create(id))).toMatchObject({ status: 404 });
    expect(await refusal(execute(account, user))).toMatchObject({ status: 422 });
    expect(await refusal(client().connectedAccounts.revoke(account))).toMatchObject({
      status: 404,
    });
    const { items } = await client().connectedAccounts.list({
      user_ids: [user],
      toolkit_slugs: ['github'],
    });
    expect(items.map((item) => item.id)).toEqual([account]);
  });
});

describe('the tools', () => {
  it('are found by the name of their toolkit, one by one and in lists', async () => {
    const tool = await client().tools.retrieve('GITHUB_LIST_STARGAZERS', {
      version: '20251027_00',
    });
    expect(tool).toMatchObject({
      slug: 'GITHUB_LIST_STARGAZERS',
      toolkit: { slug: 'github' },
      version: '20251027_00',
    });
    expect(await refusal(client().tools.retrieve('NOWHERE_DO'))).toMatchObject({ status: 404 });
    const { items } = await client().tools.list({ tool_slugs: 'GMAIL_SEND_EMAIL,NOWHERE_DO' });
    expect(items.map(({ slug }) => slug)).toEqual(['GMAIL_SEND_EMAIL']);
  });

  it('belong to toolkits, which say how their accounts are made', async () => {
    expect(await client().toolkits.retrieve('gmail')).toMatchObject({
      name: 'Gmail',
      composio_managed_auth_schemes: ['OAUTH2'],
      auth_config_details: [{ mode: 'OAUTH2' }],
    });
    const { auth_config_details: details } = await client().toolkits.retrieve('zendesk');
    expect(details?.[0]?.fields.connected_account_initiation.required).toMatchObject([
      { name: 'subdomain', displayName: 'Subdomain' },
    ]);
    const missing = await call('/api/v3.1/toolkits/nowhere');
    expect(missing.status).toBe(404);
  });
});
