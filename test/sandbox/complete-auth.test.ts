import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { callbackUrl, refusal, refused, useSandbox } from './support.ts';

const { client, control, create, link, newUser, status } = useSandbox();
const verifierUrl = 'https://app.example/verify?from=provider';
const none = { access: null, refresh: null };
const unknown = refused(404, { slug: 'ConnectedAccount_ResourceNotFound' });

beforeAll(() => control().settings({ verifierUrl }));
afterAll(() => control().settings({ verifierUrl: null }));

/** rc.6 of the client has no method for it. */
const completeAuth = (session_uri: string, user_id: string) =>
  client().post('/api/v3.1/connected_accounts/complete_auth', { body: { session_uri, user_id } });

/** An account whose consent waits for the verifier. */
async function held(user_id = newUser()) {
  const { connected_account_id: id, redirect_url } = await link({ user_id });
  const url = await new Person('ada').approve(redirect_url);
  return { id, user_id, url, sessionUri: url.searchParams.get('session_uri') ?? '' };
}

describe('a project with a callback verifier', () => {
  it('sends the browser to the verifier with only the session, and exchanges nothing', async () => {
    const { id, url, sessionUri } = await held();
    expect(url.href).toBe(`${verifierUrl}&session_uri=${encodeURIComponent(sessionUri)}`);
    expect(await control().secrets()).toContain(sessionUri);
    expect((await status(id)).status).toBe('INITIATED');
    expect(await control().introspect(id)).toEqual(none);
  });

  it('makes the account ACTIVE when its own user is named', async () => {
    const { id, user_id, sessionUri } = await held();
    expect(await completeAuth(sessionUri, user_id)).toEqual({
      connected_account_id: id,
      toolkit_slug: 'gmail',
    });
    expect(await status(id)).toEqual({ status: 'ACTIVE', reason: null });
    expect(await control().introspect(id)).toEqual({ access: true, refresh: true });
    expect((await control().writes({ userId: user_id })).at(-1)).toMatchObject({ by: 'api' });
  });

  it('does the same for a create call', async () => {
    const user_id = newUser();
    const { id, redirect_url } = await create('ac_custom_slack', undefined, { user_id });
    const url = await new Person('ada').approve(redirect_url ?? '');
    await completeAuth(url.searchParams.get('session_uri') ?? '', user_id);
    expect((await status(id)).status).toBe('ACTIVE');
  });

  it('makes the account FAILED when another user is named, for good', async () => {
    const { id, user_id, sessionUri } = await held();
    expect(await refusal(completeAuth(sessionUri, newUser()))).toMatchObject(
      refused(400, { message: 'identity mismatch' }),
    );
    const failed = { status: 'FAILED', reason: 'IDENTITY_VERIFICATION_FAILED' };
    expect(await status(id)).toEqual(failed);
    expect(await refusal(completeAuth(sessionUri, user_id))).toMatchObject(unknown);
    expect(await status(id)).toEqual(failed);
    expect(await control().introspect(id)).toEqual(none);
  });

  it('takes a session once', async () => {
    const { id, user_id, sessionUri } = await held();
    await completeAuth(sessionUri, user_id);
    expect(await refusal(completeAuth(sessionUri, user_id))).toMatchObject(unknown);
    expect((await status(id)).status).toBe('ACTIVE');
  });

  it('takes no unknown session, and none after ten minutes', async () => {
    const { id, user_id, sessionUri } = await held();
    expect(await refusal(completeAuth('https://sandbox.example/s/1', user_id))).toMatchObject(
      unknown,
    );
    expect((await status(id)).status).toBe('INITIATED');
    await control().advance(601_000);
    expect(await refusal(completeAuth(sessionUri, user_id))).toMatchObject(unknown);
    expect((await status(id)).status).toBe('EXPIRED');
  });

  it('makes the account FAILED when the code has expired meanwhile', async () => {
    const { id, user_id, sessionUri } = await held();
    await control().advance(61_000);
    expect(await refusal(completeAuth(sessionUri, user_id))).toMatchObject(
      refused(404, { message: 'authorization expired, restart the flow' }),
    );
    expect(await status(id)).toEqual({
      status: 'FAILED',
      reason: 'OAuth callback failed during token exchange',
    });
  });

  it('leaves no living grant when the account is deleted by then', async () => {
    const { id, user_id, sessionUri } = await held();
    await client().connectedAccounts.delete(id);
    expect(await refusal(completeAuth(sessionUri, user_id))).toMatchObject(unknown);
    expect(await control().introspect(id)).toEqual(none);
  });

  it('does not receive a denial: that goes to the callback', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    const callback = await new Person('bob').deny(redirect_url);
    expect(callback.href.startsWith(callbackUrl)).toBe(true);
    expect((await status(id)).status).toBe('FAILED');
  });

  it('requires a real user', async () => {
    const message = expect.stringContaining('a real user_id is required') as string;
    for (const user_id of ['', ' ', 'default']) {
      const call = create('ac_custom_slack', undefined, { user_id });
      expect(await refusal(call)).toMatchObject(refused(400, { message }));
    }
    expect(await refusal(link({ user_id: 'default' }))).toMatchObject(refused(400, { message }));
  });

  it('requires both a session and a user', async () => {
    expect(await refusal(completeAuth('', 'ada'))).toMatchObject({ status: 400 });
    expect(await refusal(completeAuth('s', ''))).toMatchObject({ status: 400 });
  });
});
