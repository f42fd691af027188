import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthScheme } from '../../../src/index.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

const required = { confirm: 'required' } as const;

/**
 * Connects with `confirm`, finishes the consent, and returns the code that the browser brought
 * back.
 */
async function comeHome(user: TestUser, input = {}): Promise<string> {
  const { redirectUrl } = await user.connect({ ...required, ...input });
  const home = await user.comeBack(await user.person.approve(redirectUrl));
  expect(home?.searchParams.get('mooring_status')).toBe('pending');
  return home?.searchParams.get('mooring_code') ?? '';
}

function handle(user: TestUser) {
  return stage.mooring.connections.get(user.connectionId);
}

describe('an attempt that has to be confirmed', () => {
  it('is ACTIVE once the backend has confirmed that its own user came back', async () => {
    const user = stage.user();
    const code = await comeHome(user);
    const outcome = await handle(user).confirm({ code, userId: user.id });
    expect(outcome).toMatchObject({ status: 'ACTIVE', reason: null });
    expect(await handle(user).result()).toEqual(outcome);
    expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
  });

  it('is FAILED identity_mismatch when another user finished it, and the account is revoked and deleted', async () => {
    const user = stage.user();
    const code = await comeHome(user);
    const outcome = await handle(user).confirm({ code, userId: 'eve' });
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'identity_mismatch' });
    expect(await user.left()).toEqual([]);
  });

  it('is FAILED unconfirmed when nobody confirms in time, and the account is revoked and deleted', async () => {
    const user = stage.user();
    await comeHome(user, { timings: { confirmMs: 1_000 } });
    const outcome = await handle(user).result({ timeoutMs: 20_000 });
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'unconfirmed' });
    expect(await user.left()).toEqual([]);
  });

  it('takes each code once, and returns the same to a repeated call', async () => {
    const user = stage.user();
    const code = await comeHome(user);
    const first = await handle(user).confirm({ code, userId: user.id });
    expect(await handle(user).confirm({ code, userId: user.id })).toEqual(first);
    expect(await handle(user).result()).toEqual(first);
  });

  it('refuses a wrong code and keeps waiting for the right one', async () => {
    const user = stage.user();
    const code = await comeHome(user);
    const wrong = handle(user).confirm({ code: 'guessed', userId: user.id });
    await expect(wrong).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field: 'code' },
    });
    expect(await handle(user).confirm({ code, userId: user.id })).toMatchObject({
      status: 'ACTIVE',
    });
  });

  it('is FAILED unconfirmed when two browsers have come back: Mooring cannot know who finished', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect(required);
    // An attacker who cancels on their own link sees where browsers are sent.
    await stage.sandbox.settings({ deniedStatus: 'INITIATED' });
    const forged = await stage.user().person.cancelAtLinkPage(redirectUrl);
    await stage.sandbox.settings({ deniedStatus: 'FAILED' });
    forged.searchParams.set('status', 'success');
    forged.searchParams.delete('error');
    const home = await user.comeBack(forged);
    const code = home?.searchParams.get('mooring_code') ?? '';
    const early = handle(user).confirm({ code, userId: user.id });
    await user.comeBack(await user.person.approve(redirectUrl));
    const outcome = {
      status: 'FAILED',
      reason: 'unconfirmed',
      statusReason: 'two browsers came back',
    };
    await expect(early).resolves.toMatchObject(outcome);
    expect(await handle(user).result({ timeoutMs: 20_000 })).toMatchObject(outcome);
    expect(await user.left()).toEqual([]);
  });

  it('takes a second code of the same browser, which opened the callback again', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect(required);
    const callback = await user.person.approve(redirectUrl);
    await user.person.comeBack(callback);
    const again = await user.person.comeBack(callback);
    const code = again?.searchParams.get('mooring_code') ?? '';
    const outcome = await handle(user).confirm({ code, userId: user.id });
    expect(outcome).toMatchObject({ status: 'ACTIVE' });
  });

  it('can be canceled while it waits, and the account is revoked and deleted', async () => {
    const user = stage.user();
    await comeHome(user);
    await expect.poll(async () => (await handle(user).describe()).phase).toBe('confirming');
    await handle(user).cancel();
    expect(await handle(user).result()).toMatchObject({ status: 'CANCELED' });
    expect(await user.left()).toEqual([]);
  });

  it('keeps the code out of its history', async () => {
    const user = stage.user();
    const code = await comeHome(user);
    await handle(user).confirm({ code, userId: user.id });
    expect(JSON.stringify(await user.history())).not.toContain(code);
  });

  it('has no code to give without `confirm`', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const confirmed = handle(user).confirm({ code: 'x', userId: user.id });
    await expect(confirmed).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT' });
    const home = await user.comeBack(await user.person.approve(redirectUrl));
    expect(home?.searchParams.has('mooring_code')).toBe(false);
  });
});

describe('a project with a callback verifier', () => {
  async function reachVerifier(user: TestUser, input = {}) {
    await stage.sandbox.settings({ verifierUrl: 'http://app.localhost:4321/verify' });
    try {
      const { redirectUrl } = await user.connect(input);
      const verifier = await user.person.approve(redirectUrl);
      return verifier.searchParams.get('session_uri') ?? '';
    } finally {
      await stage.sandbox.settings({ verifierUrl: null });
    }
  }

  it.each([{}, required])(
    'receives who is signed in, and the attempt is ACTIVE: %j',
    async (input) => {
      const user = stage.user();
      const sessionUri = await reachVerifier(user, input);
      expect(sessionUri).not.toBe('');
      const session = { sessionUri, userId: user.id };
      expect(await handle(user).completeAuth(session)).toBe('verified');
      expect(await handle(user).result({ timeoutMs: 20_000 })).toMatchObject({ status: 'ACTIVE' });
    },
  );

  it('fails the attempt when another user is signed in, before any token is exchanged', async () => {
    const user = stage.user();
    const sessionUri = await reachVerifier(user);
    expect(await handle(user).completeAuth({ sessionUri, userId: 'eve' })).toBe('mismatch');
    const outcome = await handle(user).result({ timeoutMs: 20_000 });
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'identity_mismatch' });
    expect(await user.left()).toEqual([]);
  });

  it('takes a session once, and reports any other as unknown', async () => {
    const user = stage.user();
    const sessionUri = await reachVerifier(user);
    const session = { sessionUri: 'urn:nobody', userId: user.id };
    expect(await handle(user).completeAuth(session)).toBe('unknown');
    expect(await handle(user).completeAuth({ ...session, sessionUri })).toBe('verified');
    expect(await handle(user).result({ timeoutMs: 20_000 })).toMatchObject({ status: 'ACTIVE' });
  });
});

it('refuses to wait for a browser when the method needs none', async () => {
  const user = stage.user('ac_apikey');
  const method = { initiate: AuthScheme.APIKey({ generic_api_key: 'key-of-ada-9' }) };
  const returnUrl = 'http://app.localhost:4321/done';
  await expect(user.ask({ ...required, returnUrl, method })).rejects.toMatchObject({
    code: 'ERR_INVALID_INPUT',
    details: { field: 'confirm' },
  });
  expect(await user.calls()).toEqual([]);
});
