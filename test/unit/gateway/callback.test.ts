import { afterEach, describe, expect, it, vi } from 'vitest';
import { MooringError } from '../../../src/domain/errors.ts';
import { hintOf } from '../../../src/gateway/callback.ts';
import {
  active,
  away,
  gateway,
  notYet,
  returnUrl,
  runId,
  unknownRun,
  workflowId,
} from './support.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('GET /callback/:token', () => {
  it('signals the run of the token and shows how it ended', async () => {
    const { get, token, getAttempt, run, counted } = gateway();
    const response = await get(token(), '?status=success&connected_account_id=ca_1');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<h1>You are connected</h1>');
    expect(getAttempt.mock.calls).toEqual([[{ workflowId, runId }]]);
    expect(run.deliverCallback.mock.calls).toEqual([
      [{ status: 'success', connectedAccountId: 'ca_1' }, { timeoutMs: 2_000 }],
    ]);
    expect(run.result).toHaveBeenCalledOnce();
    expect(run.describe).toHaveBeenCalledOnce();
    expect(counted).toEqual(['active']);
  });

  it.each(['default', 'a b', 'x'.repeat(101)])('ignores the account id %j', async (id) => {
    const { get, token, run } = gateway();
    await get(token(), `?status=success&connected_account_id=${encodeURIComponent(id)}`);
    expect(run.deliverCallback.mock.calls).toEqual([[{ status: 'success' }, { timeoutMs: 2_000 }]]);
  });

  it('redirects the browser to the app with our parameters and without Composio’s', async () => {
    const { get, token } = gateway();
    const response = await get(
      token({ returnUrl }),
      '?status=success&connected_account_id=ca_evil',
    );
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(
      'https://app.example/done?tab=2&mooring_status=active&mooring_connection=ada%2Fac_gmail',
    );
  });

  it.each([
    ['FAILED', 'denied', 'failed', 'Access was not allowed.'],
    ['FAILED', 'unknown', 'failed', 'The connection was not made'],
    ['EXPIRED', 'abandoned', 'expired', 'The time to connect has run out'],
    ['CANCELED', 'canceled', 'canceled', 'This connection was canceled'],
  ] as const)('reports %s with its reason %s', async (status, reason, told, text) => {
    const { get, token, run } = gateway();
    run.result.mockResolvedValue({ ...active, status, reason, statusReason: 'their words' });
    const home = await get(token({ returnUrl }));
    const query = new URL(home.headers.get('location') ?? '').searchParams;
    expect(query.get('mooring_status')).toBe(told);
    expect(query.get('mooring_reason')).toBe(reason);
    const page = await (await get(token())).text();
    expect(page).toContain(text);
    expect(page).not.toContain('their words');
  });

  it.each(['?status=failed', '?error=access_denied'])(
    'reports the outcome and ignores what the callback says: %s',
    async (query) => {
      const { get, token } = gateway();
      const home = await get(token({ returnUrl }), query);
      expect(home.headers.get('location')).toContain('mooring_status=active');
      expect(await (await get(token(), query)).text()).toContain('You are connected');
    },
  );

  it('returns pending if the run does not settle in time', async () => {
    const { get, token, run } = gateway();
    run.result.mockRejectedValue(notYet);
    const home = await get(token({ returnUrl }));
    expect(home.headers.get('location')).toBe(
      'https://app.example/done?tab=2&mooring_status=pending&mooring_connection=ada%2Fac_gmail',
    );
    const page = await (await get(token())).text();
    expect(page).toContain('You can close this page');
    expect(page).not.toContain('refresh');
  });

  it('redirects to the app although Temporal no longer knows the run', async () => {
    const { get, token, run } = gateway();
    run.deliverCallback.mockResolvedValue(false);
    run.result.mockRejectedValue(unknownRun);
    run.describe.mockRejectedValue(unknownRun);
    const home = await get(token({ returnUrl }));
    expect(home.headers.get('location')).toBe(
      'https://app.example/done?tab=2&mooring_status=unknown',
    );
    expect((await get(token())).status).toBe(200);
  });

  it('returns the outcome of a run that settled before the browser came', async () => {
    const { get, token, run } = gateway();
    run.deliverCallback.mockResolvedValue(false);
    expect(await (await get(token())).text()).toContain('You are connected');
  });

  it('reports a terminated run as unknown, with its connection', async () => {
    const { get, token, run } = gateway();
    run.result.mockRejectedValue(unknownRun);
    const home = await get(token({ returnUrl }));
    expect(home.headers.get('location')).toContain(
      'mooring_status=unknown&mooring_connection=ada%2Fac_gmail',
    );
  });

  it('leaves out the connection if only the connection cannot be read', async () => {
    const { get, token, run } = gateway();
    run.describe.mockRejectedValue(away);
    const home = await get(token({ returnUrl }));
    expect(home.headers.get('location')).toBe(
      'https://app.example/done?tab=2&mooring_status=active',
    );
  });

  it('answers 503 during an outage of Temporal, says that nothing is lost, and links to the app', async () => {
    const { get, token, run, counted } = gateway();
    run.deliverCallback.mockRejectedValue(away);
    const response = await get(token({ returnUrl: `${returnUrl}&next=%22%3E%3Cscript%3E` }));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('60');
    const page = await response.text();
    expect(page).toContain('Your connection is not lost');
    expect(page).toContain(
      'href="https://app.example/done?tab=2&amp;next=%22%3E%3Cscript%3E&amp;mooring_status=pending"',
    );
    expect(run.result).not.toHaveBeenCalled();
    expect(counted).toEqual(['unavailable']);
    expect(await (await get(token())).text()).not.toContain('Back to the app');
  });

  it('does not mistake an outage of Temporal for a slow attempt', async () => {
    const { get, token, run } = gateway();
    run.result.mockRejectedValue(notYet);
    run.describe.mockRejectedValue(away);
    expect((await get(token())).status).toBe(503);
  });

  it('answers 500 and reveals nothing if Mooring fails', async () => {
    const { get, token, run, logged } = gateway();
    run.describe.mockRejectedValue(new Error('no key has the id k1'));
    run.result.mockRejectedValue(new Error('no key has the id k1'));
    const response = await get(token());
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('k1');
    expect(logged.join()).toContain('no key has the id k1');
  });

  it('answers 503 only for an outage of Temporal', async () => {
    const { get, token, run } = gateway();
    run.deliverCallback.mockRejectedValue(new MooringError('ERR_INVALID_INPUT', 'a bug of ours'));
    expect((await get(token())).status).toBe(500);
  });

  it('signals three times a minute for each attempt, and answers each of 1,000 replays', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { get, token, run } = gateway();
    const life = { expiresAt: Date.now() + 600_000 };
    const [replayed, another] = [token(life), token({ ...life, runId: 'another-run' })];
    for (let i = 0; i < 1_000; i++) expect((await get(replayed)).status).toBe(200);
    expect(run.deliverCallback).toHaveBeenCalledTimes(3);
    await get(another);
    expect(run.deliverCallback).toHaveBeenCalledTimes(4);
    vi.setSystemTime(Date.now() + 59_000);
    await get(replayed);
    expect(run.deliverCallback).toHaveBeenCalledTimes(4);
    vi.setSystemTime(Date.now() + 1_000);
    for (let i = 0; i < 10; i++) await get(replayed);
    expect(run.deliverCallback).toHaveBeenCalledTimes(7);
  });

  it('asks Temporal once for 400 browsers that wait for the same attempt', async () => {
    const { get, token, run } = gateway();
    let settle = () => {};
    run.result.mockReturnValue(new Promise((give) => (settle = () => give(active))));
    const url = token();
    const all = Array.from({ length: 400 }, () => get(url));
    await new Promise((resolve) => setTimeout(resolve, 100));
    settle();
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(run.result).toHaveBeenCalledTimes(1);
    expect(run.describe).toHaveBeenCalledTimes(1);
    await get(url);
    expect(run.result).toHaveBeenCalledTimes(2);
  });

  it('gives each browser three seconds, with or without earlier browsers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const { get, token, run } = gateway();
    const signals: AbortSignal[] = [];
    let settle = () => {};
    run.result.mockImplementation(({ signal } = {}) => {
      if (signal) signals.push(signal);
      return new Promise((give) => (settle = () => give(active)));
    });
    const url = token({ returnUrl });
    const early = get(url);
    await vi.advanceTimersByTimeAsync(2_000);
    const late = get(url);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await early).headers.get('location')).toContain('mooring_status=pending');
    await vi.advanceTimersByTimeAsync(1_000);
    settle();
    expect((await late).headers.get('location')).toContain('mooring_status=active');
    expect(run.result).toHaveBeenCalledOnce();
    // The call ends with the last browser.
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('shows no part of the query on a page', async () => {
    const { get, token } = gateway();
    const planted = encodeURIComponent('"><script>alert(1)</script>');
    const query = `?status=${planted}&error=${planted}&appName=${planted}&connected_account_id=${planted}`;
    const page = await (await get(token(), query)).text();
    expect(page).not.toMatch(/alert|<script/);
  });
});

describe('hintOf', () => {
  it.each([
    [{}, { status: 'success' }],
    [{ status: 'success' }, { status: 'success' }],
    [{ status: 'failed' }, { status: 'failed' }],
    [{ status: 'error' }, { status: 'failed' }],
    [{ status: 'success', error: 'another browser' }, { status: 'failed' }],
    [{ error: '' }, { status: 'failed' }],
    [{ status: 'SUCCESS!' }, { status: 'success' }],
    [{ connected_account_id: 'ca_1' }, { status: 'success', connectedAccountId: 'ca_1' }],
    [{ connectedAccountId: 'ca_2' }, { status: 'success', connectedAccountId: 'ca_2' }],
    [
      { connected_account_id: 'ca_1', connectedAccountId: 'ca_2' },
      { status: 'success', connectedAccountId: 'ca_1' },
    ],
    [{ connected_account_id: 'ca_1,ca_2' }, { status: 'success' }],
    [{ connected_account_id: '' }, { status: 'success' }],
    [{ connected_account_id: 'a'.repeat(101) }, { status: 'success' }],
  ])('reads %j as %j', (query, hint) => {
    expect(hintOf(query)).toEqual(hint);
  });

  it('uses the first of repeated parameters', async () => {
    const { get, token, run } = gateway();
    await get(
      token(),
      '?status=success&status=failed&connected_account_id=ca_1&connected_account_id=ca_2',
    );
    expect(run.deliverCallback.mock.calls[0]).toEqual([
      { status: 'success', connectedAccountId: 'ca_1' },
      { timeoutMs: 2_000 },
    ]);
  });
});
