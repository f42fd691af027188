import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/composio/errors.ts';
import type { ReconnectLink } from '../../../../src/domain/connect/reconnect-link.ts';
import { generateKey, parseKeyRing } from '../../../../src/crypto/key-ring.ts';
import { callbackUrls, readToken, reconnectUrls } from '../../../../src/crypto/url-tokens.ts';
import { FakeApi, row, stageFor } from '../support.ts';

const ring = parseKeyRing(generateKey());
const publicUrl = 'https://m.example';
const returnUrl = 'https://app.example/done';
const asked = { connectionId: 'ada/ac_1', returnUrl };

function minting(rows: Parameters<typeof row>[0][], withGateway = true) {
  const api = new FakeApi();
  api.rows = rows.map((change) => row(change));
  const gateway = {
    callbackUrl: callbackUrls(publicUrl, ring),
    reconnectUrl: reconnectUrls(publicUrl, ring),
  };
  const returnOrigins = ['https://app.example'];
  const deps = { returnOrigins, ...(withGateway ? gateway : {}) };
  const { environment, activities } = stageFor(api, deps);
  const mint = (input: unknown): Promise<ReconnectLink> =>
    environment.run(activities.mintReconnectLink, input);
  return { api, mint };
}

describe('mintReconnectLink', () => {
  it('names the account of the connection, and ignores other accounts', async () => {
    const { api, mint } = minting([
      { id: 'ca_old', status: 'REVOKED', createdAt: '2025-01-01T00:00:00Z' },
      { id: 'ca_dead', status: 'EXPIRED', alias: 'mooring-c0de-1' },
      { id: 'ca_work', status: 'EXPIRED', alias: 'work', createdAt: '2026-02-01T00:00:00Z' },
      { id: 'ca_pending', status: 'INITIATED', createdAt: '2026-03-01T00:00:00Z' },
    ]);
    const { url, connectedAccountId } = await mint(asked);
    expect(connectedAccountId).toBe('ca_dead');
    expect(api.asked).toEqual(['list']);
    const token = url.slice(`${publicUrl}/reconnect/`.length);
    expect(readToken(ring, 'reconnect', token, Date.now())).toMatchObject({
      connectionId: 'ada/ac_1',
      replaces: 'ca_dead',
      returnUrl,
      confirm: true,
    });
    const work = await mint({ connectionId: 'ada/ac_1/work', confirm: 'none' });
    expect(work.connectedAccountId).toBe('ca_work');
  });

  it('names an account without consent only if there is no other', async () => {
    const { mint } = minting([{ id: 'ca_pending', status: 'INITIATED' }]);
    expect((await mint(asked)).connectedAccountId).toBe('ca_pending');
  });

  it.each([
    ['ERR_ALREADY_CONNECTED', [{ status: 'EXPIRED' }, { id: 'ca_2', status: 'ACTIVE' }]],
    ['ERR_ACCOUNT_NOT_FOUND', [{ status: 'EXPIRED', alias: 'other' }]],
    ['ERR_ACCOUNT_NOT_FOUND', []],
  ] as const)('refuses with %s if the accounts are %j', async (type, rows) => {
    const { mint } = minting([...rows]);
    await expect(mint(asked)).rejects.toMatchObject({ type, nonRetryable: true });
  });

  it.each([
    ['another origin', { ...asked, returnUrl: 'https://evil.example/' }, true],
    ['a required confirmation without a page', { connectionId: 'ada/ac_1' }, true],
    ['no connection', { ...asked, connectionId: 'ada' }, true],
    ['a link that is valid for 0 ms', { ...asked, validForMs: 0 }, true],
    ['no gateway', asked, false],
  ])('refuses %s before any API call', async (_, input, withGateway) => {
    const { api, mint } = minting([{ status: 'EXPIRED' }], withGateway);
    await expect(mint(input)).rejects.toMatchObject({ type: 'ERR_INVALID_INPUT' });
    expect(api.asked).toEqual([]);
  });

  it('is retried while the API is down', async () => {
    const { api, mint } = minting([{ status: 'EXPIRED' }]);
    api.failing.set('list', new ApiError('http', 'x', { status: 500 }));
    await expect(mint(asked)).rejects.toMatchObject({ nonRetryable: false });
    expect((await mint(asked)).connectedAccountId).toBe('ca_1');
  });
});
