import { expect, it } from 'vitest';
import type { Call } from '../../../soak/evidence.ts';
import { secretsOnTheWay, tokensGiven } from '../../../soak/seen-secrets.ts';

const gateway = 'http://127.0.0.1:4000';

it('knows that the token of a callback and the code of the browser are secrets', () => {
  const callback = new URL(`${gateway}/callback/v1.abc_def?status=success`);
  const home = new URL('http://app.localhost/done?from=soak&mooring_code=secret-code');
  expect(secretsOnTheWay(callback, home)).toEqual(['v1.abc_def', 'secret-code']);
  expect(secretsOnTheWay(new URL(`${gateway}/done`), null)).toEqual([]);
});

it('knows the token of a reconnect link that a caller received', () => {
  const calls = [
    { operation: 'reconnectLink', value: { url: `${gateway}/reconnect/v1.abc` } },
    { operation: 'reconnectLink', value: null },
    { operation: 'connectUser', value: { redirectUrl: `${gateway}/link/lk_1` } },
  ] as unknown as Call[];
  expect(tokensGiven(calls)).toEqual(['v1.abc']);
});
