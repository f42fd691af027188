import { describe, expect, it } from 'vitest';
import { MooringError } from '../../../src/domain/errors.ts';
import {
  alreadyConnected,
  active,
  away,
  gateway,
  linkless,
  redirectUrl,
  returnUrl,
  runId,
  unknownRun,
  workflowId,
} from './support.ts';

const expired = { ...active, status: 'EXPIRED', reason: 'abandoned' } as const;

describe('an attempt that has expired', () => {
  it('offers a new link if there is no app to return to', async () => {
    const { get, token, run, connectAgain, counted } = gateway();
    run.result.mockResolvedValue(expired);
    const each = token();
    const response = await get(each, '?status=success');
    const page = await response.text();
    expect(page).toContain('The time to connect has run out');
    expect(page).toContain(`<form method="post" action="${each}/again">`);
    expect(response.headers.get('content-security-policy')).toContain("form-action 'self' https:");
    expect(connectAgain).not.toHaveBeenCalled();
    expect(counted).toEqual(['expired']);
  });

  it('leaves the offer to the app if there is one', async () => {
    const { get, token, run } = gateway();
    run.result.mockResolvedValue(expired);
    const response = await get(token({ returnUrl }));
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toContain('mooring_status=expired');
  });

  it.each([
    ['ACTIVE', active],
    ['FAILED', { ...active, status: 'FAILED', reason: 'denied' }],
    ['CANCELED', { ...active, status: 'CANCELED', reason: 'canceled' }],
  ] as const)('does not include %s', async (_, outcome) => {
    const { get, token, run } = gateway();
    run.result.mockResolvedValue(outcome);
    expect(await (await get(token())).text()).not.toContain('<form');
  });
});

describe('POST /callback/:token/again', () => {
  it('starts the same attempt again, and redirects to its link', async () => {
    const { post, token, connectAgain, connectUser } = gateway();
    const response = await post(`/callback/${token()}/again`);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(redirectUrl);
    expect(connectAgain.mock.calls).toEqual([[{ workflowId, runId }]]);
    expect(connectUser).not.toHaveBeenCalled();
  });

  it.each([
    ['already connected', alreadyConnected('ca_1 is ACTIVE'), 200],
    ['not expired, or forgotten', unknownRun, 404],
    ['for a blocked user', new MooringError('ERR_USER_BLOCKED', 'closed'), 404],
    ['during an outage of Temporal', away, 503],
  ])('%s: shows a matching page', async (_, error, status) => {
    const { post, token, connectAgain } = gateway();
    connectAgain.mockRejectedValue(error);
    const response = await post(`/callback/${token()}/again`);
    expect(response.status).toBe(status);
    const page = await response.text();
    expect(page.includes('You are connected already')).toBe(status === 200);
    expect(page.includes('<button>Try again</button>')).toBe(status === 503);
  });

  it('shows that the account is connected if there is no link to open', async () => {
    const { post, token, connectAgain } = gateway();
    connectAgain.mockResolvedValue(linkless);
    const response = await post(`/callback/${token()}/again`);
    expect(await response.text()).toContain('You are connected already');
    connectAgain.mockResolvedValue({ ...linkless, status: 'INITIATED' });
    const pending = await post(`/callback/${token()}/again`);
    expect(await pending.text()).toContain('Your connection is being checked');
  });

  it('accepts valid callback tokens, only by POST, five times a minute', async () => {
    const { app, post, token, reconnectToken, connectAgain } = gateway();
    for (const bad of [token({ expiresAt: Date.now() }), reconnectToken(), 'k1.forged']) {
      expect((await post(`/callback/${bad}/again`)).status).toBe(404);
    }
    const path = `/callback/${token()}/again`;
    const got = await app.request(path);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    expect(connectAgain).not.toHaveBeenCalled();
    for (let click = 0; click < 20; click++) await post(path);
    expect(connectAgain).toHaveBeenCalledTimes(5);
  });
});
