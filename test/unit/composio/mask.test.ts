import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mask } from '../../../src/composio/mask.ts';

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
  ])('leaves alone: %s', (text) => {
    expect(mask(text)).toBe(text);
  });

  it.each([
    [`provider said ${jwt}`, 'provider said ***.***.***'],
    ['got Bearer abc.def', 'got Bearer ***'],
    ['{"access_token":"short"}', '{"access_token":"***"}'],
    ['{\\"client_secret\\": \\"short\\"}', '{\\"client_secret\\": \\"***\\"}'],
    ['back with code=4%2F0Ab&state=xyz', 'back with code=***&state=***'],
    ['see https://ada:pw@idp.example/cb?code=1#x now', 'see https://idp.example now'],
    ['open lk_abc123', 'open ***'],
    ['ada@example.org is another', '*** is another'],
    ['hash d41d8cd98f00b204e9800998ecf8427e', 'hash ***'],
    ['key AbCdEfGhIjKlMnOpQrStUvWx', 'key ***'],
    ['two\nlines\u0000 and\u202e a turn', 'two lines and a turn'],
  ])('turns %j into %j', (text, masked) => {
    expect(mask(text)).toBe(masked);
  });

  it('cuts at 200 characters, and stays well-formed', () => {
    expect(mask('no '.repeat(1_000)).length).toBeLessThanOrEqual(200);
    expect(mask(`${'a '.repeat(99)}a😀`).isWellFormed()).toBe(true);
  });

  it('leaves nothing of a secret at the edge of what it reads', () => {
    const secret = 'Zx9'.repeat(20);
    for (let before = 1_930; before <= 2_010; before++) {
      expect(mask(' '.repeat(before) + secret)).not.toContain('Zx9');
    }
  });

  it('never lets a long hexadecimal or base64 run through', () => {
    const token = fc
      .uint8Array({ minLength: 24, maxLength: 64 })
      .map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(token, fc.string(), (bytes, around) => {
        for (const secret of [bytes.toString('hex'), bytes.toString('base64url')]) {
          expect(mask(`${around} ${secret} ${around}`)).not.toContain(secret);
        }
      }),
    );
  });

  it('is quick with text made to slow it down', () => {
    const startedAt = performance.now();
    for (const piece of ['a', 'a@', 'token', '=', 'http://', 'aB', '_'])
      mask(piece.repeat(500_000));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
