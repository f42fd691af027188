import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mask } from '../../../src/composio/redact-text.ts';

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEiLCJpYXQiOjE1MTYyMzkwMjJ9.SflKxwRJSMeKKF2QT4fw';

describe('mask', () => {
  it.each([
    'OAuth callback failed during token exchange',
    'IDENTITY_VERIFICATION_FAILED',
    'INITIATION_TIMEOUT',
    'Connection initiation did not complete within 10 minutes',
    'Connection expired before authorization was started',
    'Authorization was started but not completed within 10 minutes',
    'Permanent auth error during token refresh',
    'Revoked via user-initiated revoke endpoint',
    'access_denied: the user declined',
    'Connected account "ca_1a2b3c4d5e6f7a8b9c" of "ac_1a2b3c4d5e6f" not found',
    'Alias "mooring-0f3c2a1b-1" is already in use by another connection for this entity',
    'ConnectedAccount_MissingRequiredFields',
    'POST /api/v3.1/connected_accounts/ca_1a2b3c4d5e6f7a8b9c/refresh failed.',
    'connect ECONNREFUSED 10.120.130.140:8088',
    'expired at 2026-11-30T12:34:56.789Z',
    'urn:ietf:params:oauth:grant-type:device_code is not supported',
    '認証プロバイダーがアクセストークンの更新を拒否しました。もう一度接続してください',
  ])('leaves alone: %s', (text) => {
    expect(mask(text)).toBe(text);
  });

  it.each([
    [`provider said ${jwt}`, 'provider said ***'],
    ['got Bearer abc.def', 'got Bearer ***'],
    ['{"access_token":"short"}', '{"access_token":"***"}'],
    ['{\\"client_secret\\": \\"short\\"}', '{\\"client_secret\\": \\"***\\"}'],
    ['back with code=4%2F0Ab&state=xyz', 'back with code=***&state=***'],
    ['see https://ada:pw@idp.example/cb?code=1#x now', 'see https://idp.example now'],
    ['open lk_abc123', 'open ***'],
    ['ada@example.org is another', '*** is another'],
    ['hash d41d8cd98f00b204e9800998ecf8427e', 'hash ***'],
    ['key AbCdEfGhIjKlMnOpQrStUvWx', 'key ***'],
    ['uses wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'uses ***'],
    ['uses wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY now', 'uses *** now'],
    ['uses Zx8.Q~abcdefgh1.jKlmnopq2.Rst', 'uses ***'],
    ['uses p4ss!w0rd$w1th&s1gns#in|it', 'uses ***'],
    ['two\nlines\u0000 and\u202e a turn', 'two lines and a turn'],
  ])('turns %j into %j', (text, masked) => {
    expect(mask(text)).toBe(masked);
  });

  it('cuts at 200 characters, and stays well-formed', () => {
    expect(mask('no '.repeat(1_000)).length).toBeLessThanOrEqual(200);
    expect(mask(`${'a '.repeat(99)}a😀`).isWellFormed()).toBe(true);
  });

  it('leaves no part of a secret at the edge of the text that it reads', () => {
    const secret = 'Zx9'.repeat(20);
    for (let before = 1_930; before <= 2_010; before++) {
      expect(mask(' '.repeat(before) + secret)).not.toContain('Zx9');
    }
  });

  it('never lets a long random text through, with any separators', () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
    const spelled = bytes.chain((some) => {
      const buffer = Buffer.from(some);
      const base64 = buffer.toString('base64');
      const texts = [buffer.toString('hex'), base64, buffer.toString('base64url')];
      return fc.constantFrom(...texts, encodeURIComponent(base64), base64.replaceAll('+', '.'));
    });
    const words = fc.array(fc.constantFrom('at', 'the', 'provider', '"', '(', ',', '…'));
    fc.assert(
      fc.property(spelled, words, (secret, around) => {
        const text = mask([...around, secret, ...around].join(' '));
        // No usable part of it may stay either.
        for (let at = 0; at + 8 <= secret.length; at++) {
          expect(text).not.toContain(secret.slice(at, at + 8));
        }
      }),
    );
  });

  it('is quick, even with text made to slow it down', () => {
    // Processor time is the same on a busy machine.
    const before = process.cpuUsage();
    for (const piece of ['a', 'a@', 'token', '=', 'http://', 'aB', '_'])
      mask(piece.repeat(500_000));
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  });
});
