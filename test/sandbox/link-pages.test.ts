import { describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { authSchemes } from '../../src/domain/auth-schemes.ts';
import { examples } from './schemes.ts';
import { callbackUrl, useSandbox } from './support.ts';

const { client, control, newUser, status } = useSandbox();

const forms = Object.entries(examples)
  .filter(([scheme]) => !authSchemes[scheme as keyof typeof authSchemes].redirects)
  .map(([scheme, { authConfigId, val }]) => ({ scheme, authConfigId, val }));

async function link(auth_config_id: string, connection_data?: Record<string, unknown>) {
  const { connected_account_id: id, redirect_url: url } = await client().link.create({
    auth_config_id,
    user_id: newUser(),
    callback_url: callbackUrl,
    ...(connection_data && { connection_data }),
  });
  return { id, url };
}

async function fieldsOf(id: string): Promise<string[]> {
  return (await control().accounts()).find((row) => row.id === id)?.fields ?? [];
}

async function valOf(id: string): Promise<Record<string, unknown>> {
  return (await client().connectedAccounts.retrieve(id)).state.val;
}

const submit = (url: string, fields: Record<string, string>) =>
  fetch(`${url}/go`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });

describe('a link page', () => {
  it.each(forms)('asks for the fields of $scheme', async ({ authConfigId, val }) => {
    const { id, url } = await link(authConfigId);
    const callback = await new Person('ada').approve(url);
    expect(callback.href).toBe(`${callbackUrl}&status=success&connected_account_id=${id}`);
    expect((await status(id)).status).toBe('ACTIVE');
    // The page uses the toolkits' spelling of the field.
    const asked = 'api_key' in val ? ['generic_api_key'] : Object.keys(val);
    const named = asked.filter((name) => name !== 'token_type');
    expect(await fieldsOf(id)).toEqual(named);
    const secrets = await control().secrets();
    expect(secrets).toEqual(expect.arrayContaining(named.map((name) => `${name}-of-ada`)));
  });

  it('shows the values that the link was made with', async () => {
    const credentials_json = '{"client":"<&\'>","private_key":"prefilled"}';
    const { id, url } = await link('ac_google_service_account', { credentials_json });
    expect(await (await fetch(url)).text()).not.toContain('<&');
    await new Person('ada').approve(url);
    await control().settings({ maskSecrets: false });
    expect(await valOf(id)).toEqual({ status: 'ACTIVE', credentials_json });
    await control().settings({ maskSecrets: true });
    expect(await control().secrets()).toContain(credentials_json);
  });

  it('uses the field name under which the link was given a key', async () => {
    const { id, url } = await link('ac_apikey', { api_key: 'tvly-prefilled' });
    await new Person('ada').approve(url);
    expect(await valOf(id)).toEqual({ status: 'ACTIVE', api_key: 'tvly...' });
  });

  it('asks for the site of a toolkit before it leads to the provider', async () => {
    const asked = await link('ac_custom_zendesk');
    expect((await submit(asked.url, {})).status).toBe(400);
    await new Person('ada').approve(asked.url);
    expect(await valOf(asked.id)).toMatchObject({ subdomain: 'subdomain-of-ada' });
    const told = await link('ac_custom_zendesk', { subdomain: 'acme' });
    await new Person('ada').approve(told.url);
    expect(await valOf(told.id)).toMatchObject({
      subdomain: 'acme',
      displayName: 'ada@people.example',
    });
    expect(await control().secrets()).not.toContain('acme');
  });

  it('shows itself again with an error when credentials are rejected', async () => {
    const { id, url } = await link('ac_apikey');
    await new Person('ada').open(url);
    const again = await submit(url, { generic_api_key: 'bad-key-4711' });
    expect(again.status).toBe(400);
    const page = await again.text();
    expect(page).toContain('rejected');
    expect(page).not.toContain('bad-key-4711');
    expect((await status(id)).status).toBe('INITIATED');
    expect(await control().secrets()).toContain('bad-key-4711');
    expect((await submit(url, { generic_api_key: 'good-key-4711' })).status).toBe(303);
    expect((await status(id)).status).toBe('ACTIVE');
  });

  it('ends with its account, and is no short URL', async () => {
    const { id, url } = await link('ac_no_auth');
    await client().connectedAccounts.delete(id);
    expect((await submit(url, {})).status).toBe(410);
    expect((await fetch(url.replace('/link/', '/s/'))).status).toBe(404);
  });
});
