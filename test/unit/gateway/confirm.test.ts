import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ConnectOutcome } from '../../../src/domain/connect/connect.ts';
import {
  active,
  away,
  description,
  gateway,
  newBrowser,
  notYet,
  returnUrl,
  runId,
  unknownRun,
} from './support.ts';

const claims = { returnUrl, confirm: true };

function homeOf(response: Response): Record<string, string> {
  expect(response.status).toBe(303);
  return Object.fromEntries(new URL(response.headers.get('location') ?? '').searchParams);
}

describe('a callback of an attempt that needs a confirmation', () => {
  it('brings a code to the app, valid for five minutes; the run knows only its hash', async () => {
    const { get, token, run } = gateway();
    const began = Date.now();
    const home = homeOf(await get(token(claims), '?status=success&connected_account_id=ca_1'));
    const code = home['mooring_code'] ?? '';
    expect(home).toEqual({
      tab: '2',
      mooring_status: 'pending',
      mooring_connection: 'ada/ac_gmail',
      mooring_code: code,
    });
    expect(Buffer.from(code, 'base64url')).toHaveLength(32);
    const [[hint] = []] = run.deliverCallback.mock.calls;
    expect(hint).toEqual({
      status: 'success',
      connectedAccountId: 'ca_1',
      code: {
        hash: createHash('sha256').update(code).digest('base64url'),
        expiresAt: expect.stringMatching(/Z$/),
        cookies: [expect.stringMatching(/^[\w-]{43}$/)],
      },
    });
    const lifeMs = Date.parse(hint?.code?.expiresAt ?? '') - began;
    expect(lifeMs).toBeGreaterThanOrEqual(300_000);
    expect(lifeMs).toBeLessThan(301_000);
  });

  it('does not wait for an outcome, which comes only after the code', async () => {
    const { get, token, run } = gateway();
    run.result.mockRejectedValue(notYet);
    homeOf(await get(token(claims)));
    expect(run.result).not.toHaveBeenCalled();
  });

  it('brings a new code each time, and no fourth one in a minute', async () => {
    const { app, token, run } = gateway();
    const browser = newBrowser(app);
    const path = `/callback/${token(claims)}`;
    const codes = new Set<string | undefined>();
    for (let i = 0; i < 3; i++) codes.add(homeOf(await browser.visit(path))['mooring_code']);
    expect(codes.size).toBe(3);
    const throttled = await browser.visit(path);
    expect(throttled.status).toBe(429);
    expect(throttled.headers.get('retry-after')).toBe('60');
    const page = await throttled.text();
    expect(page).toContain('<a href="">Look again</a>');
    expect(page).not.toContain('mooring_');
    expect(run.deliverCallback).toHaveBeenCalledTimes(3);
  });

  it('brings no code if its signal may be lost, and can be repeated', async () => {
    const { get, token, run, counted } = gateway();
    run.deliverCallback.mockRejectedValueOnce(away);
    const each = token(claims);
    const response = await get(each);
    expect(response.status).toBe(503);
    const page = await response.text();
    expect(page).toContain('Look again in a minute');
    expect(page).not.toContain('mooring_');
    expect(counted).toEqual(['unavailable']);
    expect(homeOf(await get(each))['mooring_code']).toBeDefined();
  });

  it('brings its code to the app although the connection cannot be read', async () => {
    const { get, token, run } = gateway();
    run.describe.mockRejectedValue(away);
    const home = homeOf(await get(token(claims)));
    expect(home).toEqual({
      tab: '2',
      mooring_status: 'pending',
      mooring_code: expect.any(String),
    });
  });

  it.each([
    ['EXPIRED', 'abandoned', 'expired'],
    ['FAILED', 'unconfirmed', 'failed'],
    ['ACTIVE', null, 'active'],
  ] as const)('reports how the attempt ended if it has ended: %s', async (status, reason, told) => {
    const { get, token, run } = gateway();
    run.deliverCallback.mockResolvedValue(false);
    const outcome = { ...active, status, reason } as ConnectOutcome;
    run.describe.mockResolvedValue({ ...description, open: false, outcome });
    const home = homeOf(await get(token(claims)));
    expect(home['mooring_status']).toBe(told);
    expect(home['mooring_reason']).toBe(reason ?? undefined);
    expect(home).not.toHaveProperty('mooring_code');
  });

  it('reports a forgotten or terminated run as unknown', async () => {
    const { get, token, run } = gateway();
    run.deliverCallback.mockResolvedValue(false);
    run.describe.mockResolvedValueOnce({ ...description, open: false });
    expect(homeOf(await get(token(claims)))['mooring_status']).toBe('unknown');
    run.describe.mockRejectedValueOnce(unknownRun);
    expect(homeOf(await get(token(claims)))['mooring_status']).toBe('unknown');
  });

  it('needs no code for a denial, and reports how the attempt ended', async () => {
    const { get, token, run } = gateway();
    run.result.mockResolvedValue({ ...active, status: 'FAILED', reason: 'denied' });
    const home = homeOf(await get(token(claims), '?status=failed'));
    expect(home).toMatchObject({ mooring_status: 'failed', mooring_reason: 'denied' });
    expect(home).not.toHaveProperty('mooring_code');
    expect(run.deliverCallback.mock.calls[0]?.[0]).toEqual({ status: 'failed' });
  });

  it('logs no code', async () => {
    const { get, token, logged } = gateway();
    const home = homeOf(await get(token(claims)));
    for (const secret of [home['mooring_code'] ?? '', runId, 'ada']) {
      expect(logged.join()).not.toContain(secret);
    }
  });
});

describe('a callback of any other attempt', () => {
  it('brings no code to the app, and removes a code from the app’s own URL', async () => {
    const { get, token, run } = gateway();
    const planted = `${returnUrl}&mooring_code=planted&mooring%5Fcode=planted`;
    const home = homeOf(await get(token({ returnUrl: planted })));
    expect(home).toEqual({
      tab: '2',
      mooring_status: 'active',
      mooring_connection: 'ada/ac_gmail',
    });
    expect(run.deliverCallback.mock.calls[0]?.[0]).toEqual({ status: 'success' });
  });
});
