import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallbackHint, ConnectView } from '../../../../src/domain/connect/connect.ts';
import { AttemptHints } from '../../../../src/workflows/connect/hints.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now });
});
afterEach(() => {
  vi.useRealTimers();
});

function viewOf(connectedAccountId: string | null): ConnectView {
  return { connectedAccountId, callbacks: 0, status: 'INITIATED' } as ConnectView;
}

function hintWith(hash: string, change: Partial<CallbackHint> = {}): CallbackHint {
  const expiresAt = new Date(now + 300_000).toISOString();
  const code = { hash, expiresAt, cookies: ['cookie_1'] };
  return { status: 'success', connectedAccountId: 'ca_1', code, ...change };
}

describe('a confirmation code', () => {
  it('is valid until it expires, and not at that moment', () => {
    const heard = new AttemptHints();
    heard.recordCallback(hintWith('code_1'), viewOf('ca_1'));
    vi.setSystemTime(now + 299_999);
    expect(heard.hasCode('code_1')).toBe(true);
    vi.setSystemTime(now + 300_000);
    expect(heard.hasCode('code_1')).toBe(false);
    expect(heard.redeemCode('code_1', 'ada')).toBe(false);
    expect(heard.confirmedBy).toBeNull();
  });

  it('is valid once', () => {
    const heard = new AttemptHints();
    heard.recordCallback(hintWith('code_1'), viewOf('ca_1'));
    expect(heard.redeemCode('code_1', 'ada')).toBe(true);
    expect(heard.redeemCode('code_1', 'eve')).toBe(false);
    expect(heard.confirmedBy).toBe('ada');
  });
});

describe('a callback that names another account', () => {
  const other = hintWith('code_2', { connectedAccountId: 'ca_2', status: 'failed' });

  it('wakes nothing and stores no code', () => {
    const heard = new AttemptHints();
    const view = viewOf('ca_1');
    heard.recordCallback(hintWith('code_1'), view);
    heard.recordCallback(other, view);
    expect(view.callbacks).toBe(1);
    expect(heard.readsWanted).toBe(1);
    expect(heard.hasCode('code_2')).toBe(false);
    expect(heard.memoryOf(view).isDenied).toBe(false);
  });

  it('still shows that a browser returned', () => {
    const heard = new AttemptHints();
    const view = viewOf('ca_1');
    heard.recordCallback(hintWith('code_1'), view);
    heard.recordCallback({ ...other, code: { ...other.code!, cookies: ['cookie_2'] } }, view);
    expect(heard.isDoubtful).toBe(true);
  });

  it('counts while the attempt has no account, and is no denial once it has one', () => {
    const heard = new AttemptHints();
    const early = viewOf(null);
    heard.recordCallback(other, early);
    expect(heard.readsWanted).toBe(1);
    expect(heard.memoryOf(viewOf('ca_1')).isDenied).toBe(false);
  });
});

describe('browsers that returned', () => {
  function isDoubtful(...browsers: string[][]): boolean {
    const heard = new AttemptHints();
    for (const cookies of browsers) {
      const { code, ...hint } = hintWith('code_1');
      heard.recordCallback({ ...hint, code: { ...code!, cookies } }, viewOf('ca_1'));
    }
    return heard.isDoubtful;
  }

  it.each<[string, string[][]]>([
    ['it returns several times', [['a'], ['a'], ['a']]],
    ['it stored a second cookie in between', [['a'], ['a', 'b']]],
    ['its first two requests ran in parallel', [['a', 'b'], ['a']]],
    ['three did', [['b', 'a'], ['a'], ['a', 'c']]],
  ])('are one if their returns share a cookie: %s', (_, browsers) => {
    expect(isDoubtful(...browsers)).toBe(false);
  });

  it.each<[string, string[][]]>([
    ['of two', [['a'], ['b']]],
    ['of two, among others', [['a'], ['a', 'b'], ['c']]],
    ['of one that first came with both', [['a', 'b'], ['a'], ['b']]],
    ['of none, and of another', [[], ['a']]],
  ])('are two if two returns share no cookie: %s', (_, browsers) => {
    expect(isDoubtful(...browsers)).toBe(true);
  });
});
