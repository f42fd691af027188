import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallbackHint, ConnectView } from '../../../src/domain/connection.ts';
import { Heard } from '../../../src/workflows/heard.ts';

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
  const code = { hash, expiresAt, browser: 'browser_1' };
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

  it('wakes nothing, leaves no code and counts as no browser', () => {
    const heard = new Heard();
    const view = viewOf('ca_1');
    heard.callback(hintWith('code_1'), view);
    heard.callback({ ...other, code: { ...other.code!, browser: 'browser_2' } }, view);
    expect(view.callbacks).toBe(1);
    expect(heard.readsWanted).toBe(1);
    expect(heard.holds('code_2')).toBe(false);
    expect(heard.isDoubtful).toBe(false);
    expect(heard.memory(view).denied).toBe(false);
  });

  it('counts while the attempt has no account, and denies nothing once it has one', () => {
    const heard = new Heard();
    const early = viewOf(null);
    heard.callback(other, early);
    expect(heard.readsWanted).toBe(1);
    expect(heard.memory(viewOf('ca_1')).denied).toBe(false);
  });
});
