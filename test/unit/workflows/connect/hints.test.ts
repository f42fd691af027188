import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallbackHint, ConnectView } from '../../../../src/domain/connect/connect.ts';
import { Heard } from '../../../../src/workflows/connect/hints.ts';

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
  it('counts until it expires, and not at that moment', () => {
    const heard = new Heard();
    heard.callback(hintWith('code_1'), viewOf('ca_1'));
    vi.setSystemTime(now + 299_999);
    expect(heard.holds('code_1')).toBe(true);
    vi.setSystemTime(now + 300_000);
    expect(heard.holds('code_1')).toBe(false);
    expect(heard.confirm('code_1', 'ada')).toBe(false);
    expect(heard.confirmedBy).toBeNull();
  });

  it('counts once', () => {
    const heard = new Heard();
    heard.callback(hintWith('code_1'), viewOf('ca_1'));
    expect(heard.confirm('code_1', 'ada')).toBe(true);
    expect(heard.confirm('code_1', 'eve')).toBe(false);
    expect(heard.confirmedBy).toBe('ada');
  });
});

describe('a callback that names another account', () => {
  const other = hintWith('code_2', { connectedAccountId: 'ca_2', status: 'failed' });

  it('wakes nothing and leaves no code', () => {
    const heard = new Heard();
    const view = viewOf('ca_1');
    heard.callback(hintWith('code_1'), view);
    heard.callback(other, view);
    expect(view.callbacks).toBe(1);
    expect(heard.readsWanted).toBe(1);
    expect(heard.holds('code_2')).toBe(false);
    expect(heard.memory(view).denied).toBe(false);
  });

  it('still shows that a browser came back', () => {
    const heard = new Heard();
    const view = viewOf('ca_1');
    heard.callback(hintWith('code_1'), view);
    heard.callback({ ...other, code: { ...other.code!, cookies: ['cookie_2'] } }, view);
    expect(heard.isDoubtful).toBe(true);
  });

  it('counts while the attempt has no account, and denies nothing once it has one', () => {
    const heard = new Heard();
    const early = viewOf(null);
    heard.callback(other, early);
    expect(heard.readsWanted).toBe(1);
    expect(heard.memory(viewOf('ca_1')).denied).toBe(false);
  });
});

describe('browsers that came back', () => {
  function isDoubtful(...browsers: string[][]): boolean {
    const heard = new Heard();
    for (const cookies of browsers) {
      const { code, ...hint } = hintWith('code_1');
      heard.callback({ ...hint, code: { ...code!, cookies } }, viewOf('ca_1'));
    }
    return heard.isDoubtful;
  }

  it.each<[string, string[][]]>([
    ['it comes again', [['a'], ['a'], ['a']]],
    ['it stored a second cookie in between', [['a'], ['a', 'b']]],
    ['its first two requests ran side by side', [['a', 'b'], ['a']]],
    ['three did', [['b', 'a'], ['a'], ['a', 'c']]],
  ])('are one when they have a cookie in common: %s', (_, browsers) => {
    expect(isDoubtful(...browsers)).toBe(false);
  });

  it.each<[string, string[][]]>([
    ['of two', [['a'], ['b']]],
    ['of two, among others', [['a'], ['a', 'b'], ['c']]],
    ['of one that first came with both', [['a', 'b'], ['a'], ['b']]],
    ['of none, and of another', [[], ['a']]],
  ])('are two when any two returns have no cookie in common: %s', (_, browsers) => {
    expect(isDoubtful(...browsers)).toBe(true);
  });
});
