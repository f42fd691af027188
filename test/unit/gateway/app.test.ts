import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateKey, parseKeyRing } from '../../../src/crypto/key-ring.ts';
import { mintToken } from '../../../src/crypto/url-tokens.ts';
import { away, gateway, returnUrl, runId, workflowId } from './support.ts';

/** Every kind of answer, by name. */
async function everyAnswer(publicUrl?: string) {
  const { app, get, token, run, logged } = gateway(publicUrl === undefined ? {} : { publicUrl });
  const answers: Record<string, Response> = {
    page: await get(token()),
    redirect: await get(token({ returnUrl })),
    invalid: await get('k1.forged'),
    expired: await get(token({ expiresAt: Date.now() - 1 })),
    root: await app.request('/'),
    unknown: await app.request('/callback'),
    deeper: await app.request(`/callback/${token()}/more`),
    head: await app.request(`/callback/${token()}`, { method: 'HEAD' }),
    post: await app.request(`/callback/${token()}`, { method: 'POST', body: 'planted' }),
    options: await app.request(`/callback/${token()}`, { method: 'OPTIONS' }),
    long: await get(token(), `?status=${'x'.repeat(2_100)}`),
  };
  const signals = run.deliverCallback.mock.calls.length;
  run.deliverCallback.mockRejectedValue(away);
  answers.away = await get(token());
  run.deliverCallback.mockRejectedValue(new Error('a bug'));
  answers.bug = await get(token());
  return { answers, logged, signals };
}

describe('the gateway', () => {
  it('sends its headers with every answer', async () => {
    const { answers } = await everyAnswer();
    const secure = await everyAnswer('https://connect.example');
    const expected = {
      'cache-control': 'no-store',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-/),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    };
    const stays = { 'strict-transport-security': 'max-age=31536000' };
    for (const name of Object.keys(answers)) {
      const headers = { name, ...Object.fromEntries(answers[name]?.headers ?? []) };
      expect(headers).toMatchObject({ name, ...expected });
      expect(headers).not.toHaveProperty('strict-transport-security');
      const secureHeaders = { name, ...Object.fromEntries(secure.answers[name]?.headers ?? []) };
      expect(secureHeaders).toMatchObject({ name, ...expected, ...stays });
    }
  });

  it('returns the same page for everything that it does not know', async () => {
    const { answers } = await everyAnswer();
    const shown = async (name: string) => ({
      name,
      status: answers[name]?.status,
      headers: [...(answers[name]?.headers ?? [])],
      text: await answers[name]?.text(),
    });
    const uniform = await shown('invalid');
    expect(uniform.status).toBe(404);
    expect(uniform.text).toContain('<h1>This link does not work</h1>');
    for (const name of ['expired', 'root', 'unknown', 'deeper']) {
      expect(await shown(name)).toEqual({ ...uniform, name });
    }
    const { text } = uniform;
    expect(await shown('post')).toMatchObject({ status: 405, text });
    expect(await shown('options')).toMatchObject({ status: 405, text });
    expect(await shown('long')).toMatchObject({ status: 400, text });
  });

  it('sends no signal for HEAD or other methods, or for an endless query', async () => {
    const { answers, signals } = await everyAnswer();
    expect(answers.head?.status).toBe(405);
    expect(answers.head?.headers.get('allow')).toBe('GET');
    expect(await answers.head?.text()).toBe('');
    expect(signals).toBe(2); // page and redirect
  });

  it('logs one line per request, with the route and never the path, query or token', async () => {
    const { app, get, token, run, logged } = gateway();
    const tokens = [token({ returnUrl }), 'planted-token', token({ expiresAt: 0 })];
    const query = '?status=success&connected_account_id=ca_planted&planted=1';
    for (const each of tokens) await get(each, query);
    await app.request(`/planted/path${query}`);
    await app.request(`/callback/${tokens[0]}`, { method: 'HEAD' });
    expect(logged.map((line) => JSON.parse(line))).toEqual(
      [
        ['GET', '/callback/:token', 303],
        ['GET', '/callback/:token', 404],
        ['GET', '/callback/:token', 404],
        ['GET', '/*', 404],
        ['HEAD', '/callback/:token', 405],
      ].map(([method, route, status]) => ({
        message: 'request answered',
        method,
        route,
        status,
        ms: expect.any(Number),
      })),
    );
    run.deliverCallback.mockRejectedValue(away);
    await get(token(), query);
    run.deliverCallback.mockRejectedValue(new Error('a bug'));
    await get(token(), query);
    for (const secret of [...tokens, 'planted', 'ada', 'app.example', runId]) {
      expect(logged.join('\n')).not.toContain(secret);
    }
  });

  it('shows an accessible page, and its policy allows only its one style sheet', async () => {
    const { get, token } = gateway();
    const response = await get(token());
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(page).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(page).toContain('<title>You are connected</title>');
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page).not.toMatch(/<script|style=|http-equiv| on\w+=/);
    const [, style = ''] = /<style>([^]*)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
  });
});

describe('tokens', () => {
  it('in 200 mutations all get the same answer, and cause no call to Temporal', async () => {
    const { get, token, getAttempt, counted } = gateway();
    const valid = token({ returnUrl });
    const uniform = await (await get('none')).text();
    const mutations = new Set<string>();
    for (let i = 0; mutations.size < 200; i++) {
      const at = i % valid.length;
      const char = valid[at] === 'A' ? 'B' : 'A';
      mutations.add(`${valid.slice(0, at)}${char}${valid.slice(at + 1)}`);
      mutations.add(valid.slice(0, at));
      mutations.add(valid + 'A'.repeat(1 + i));
      mutations.add(`${valid.slice(0, at)}${valid.slice(at + 1)}`);
    }
    mutations.delete(''); // that is another route
    for (const mutation of mutations) {
      const response = await get(mutation, '?status=success');
      expect(response.status).toBe(404);
      expect(await response.text()).toBe(uniform);
    }
    expect(getAttempt).not.toHaveBeenCalled();
    expect(new Set(counted)).toEqual(new Set(['invalid']));
  });

  it('that have expired or belong to another deployment are refused', async () => {
    const { get, token, getAttempt } = gateway();
    expect((await get(token({ expiresAt: Date.now() }))).status).toBe(404);
    const claims = { purpose: 'callback' as const, workflowId, runId, returnUrl: null };
    const foreign = { ...claims, expiresAt: Date.now() + 60_000 };
    for (const ring of [generateKey(), generateKey('k1')].map(parseKeyRing)) {
      expect((await get(mintToken(ring, foreign))).status).toBe(404);
    }
    expect(getAttempt).not.toHaveBeenCalled();
  });

  it('are read with every key in the ring, and with no key that was removed', async () => {
    const [older, newer] = [generateKey('older'), generateKey('newer')];
    const before = gateway({ keys: older });
    const rotated = gateway({ keys: `${newer},${older}` });
    const after = gateway({ keys: newer });
    const token = before.token();
    expect((await rotated.get(token)).status).toBe(200);
    expect((await after.get(token)).status).toBe(404);
    expect((await after.get(rotated.token())).status).toBe(200);
  });
});
