import { describe, expect, it } from 'vitest';
import type { OwnedSnapshot, AccountStatus, Sharing } from '../../../../src/domain/account.ts';
import {
  unusableReasonOf,
  type UseBlockers,
  relevantRows,
  toUnusable,
  unusableReasons,
} from '../../../../src/domain/use/usability.ts';
import { row } from '../../activities/support.ts';

const nothing: UseBlockers = { closed: null, isDisconnecting: false, isConnecting: false };
const active = (change: Partial<OwnedSnapshot> = {}) => row({ status: 'ACTIVE', ...change });

function shared(sharing?: Sharing) {
  return active({ accountType: 'SHARED', ...(sharing && { sharing }) });
}

describe('unusableReasonOf', () => {
  it('has no reason against an ACTIVE account of the user', () => {
    expect(unusableReasonOf(active(), 'ada', nothing)).toBeNull();
  });

  it.each<[AccountStatus, string | null, string]>([
    ['INITIALIZING', null, 'connecting'],
    ['INITIATED', null, 'connecting'],
    ['EXPIRED', 'Permanent auth error during token refresh', 'expired'],
    ['EXPIRED', 'Max auth failures reached', 'expired'],
    ['EXPIRED', null, 'expired'],
    ['EXPIRED', 'Connection initiation did not complete within 10 minutes', 'abandoned'],
    ['EXPIRED', 'INITIATION_TIMEOUT', 'abandoned'],
    ['EXPIRED', 'Connection expired before authorization was started', 'abandoned'],
    ['EXPIRED', 'Authorization was started but not completed within 10 minutes', 'abandoned'],
    ['FAILED', 'OAuth callback failed during token exchange', 'failed'],
    ['INACTIVE', 'Connection status updated by user', 'disabled'],
    ['REVOKED', null, 'revoked'],
    ['UNKNOWN', null, 'unknown'],
  ])('reports %s (%s) as %s', (status, statusReason, reason) => {
    expect(unusableReasonOf(row({ status, statusReason }), 'ada', nothing)).toBe(reason);
  });

  it.each<[Partial<UseBlockers>, string]>([
    [{ closed: 'lapsed' }, 'lapsed'],
    [{ closed: 'blocked', isDisconnecting: true }, 'blocked'],
    [{ isDisconnecting: true, isConnecting: true }, 'disconnecting'],
    [{ isConnecting: true }, 'connecting'],
  ])('treats %j as a reason although the API says ACTIVE', (standing, reason) => {
    expect(unusableReasonOf(active(), 'ada', { ...nothing, ...standing })).toBe(reason);
  });

  it('names what Mooring did to an account before the status that it reads', () => {
    const disabled = row({ status: 'INACTIVE' });
    expect(unusableReasonOf(disabled, 'ada', { ...nothing, closed: 'lapsed' })).toBe('lapsed');
    expect(unusableReasonOf(disabled, 'ada', { ...nothing, isDisconnecting: true })).toBe(
      'disconnecting',
    );
    expect(unusableReasonOf(active({ alias: 'mooring-replaced-1' }), 'ada', nothing)).toBe(
      'replaced',
    );
  });

  it.each<[Sharing | undefined, string, string | null]>([
    [undefined, 'eve', 'not_shared'],
    [{}, 'eve', 'not_shared'],
    [{ allowAllUsers: false }, 'eve', 'not_shared'],
    [{ allowAllUsers: true }, 'eve', null],
    [{ allowedUserIds: ['bob'] }, 'eve', 'not_shared'],
    [{ allowedUserIds: ['bob', 'eve'] }, 'eve', null],
    [{ allowAllUsers: true, notAllowedUserIds: ['eve'] }, 'eve', 'not_shared'],
    [{ allowedUserIds: ['eve'], notAllowedUserIds: ['eve'] }, 'eve', 'not_shared'],
    [{ notAllowedUserIds: ['ada'] }, 'ada', null],
  ])('uses the sharing %j to decide for %s: %s', (sharing, userId, reason) => {
    expect(unusableReasonOf(shared(sharing), userId, nothing)).toBe(reason);
  });

  it('lets only the owner use a PRIVATE account, with any sharing lists', () => {
    const sharing = { allowAllUsers: true };
    expect(unusableReasonOf(active({ sharing }), 'eve', nothing)).toBe('not_shared');
  });
});

describe('unusable', () => {
  it('names the connection without a marker of Mooring, and a hint what helps', () => {
    expect(toUnusable(row({ status: 'EXPIRED', alias: 'mooring-1-1' }), 'expired')).toEqual({
      usable: false,
      status: 'EXPIRED',
      reason: 'expired',
      hint: unusableReasons.expired,
      connectionId: 'ada/ac_1',
      connectedAccountId: 'ca_1',
    });
    expect(toUnusable(row({ alias: 'work' }), 'failed').connectionId).toBe('ada/ac_1/work');
    const replaced = row({ alias: 'mooring-replaced-ca_1' });
    expect(toUnusable(replaced, 'replaced').connectionId).toBeNull();
  });

  it('names no connection if there is no account', () => {
    expect(toUnusable(null, 'not_connected')).toMatchObject({
      status: null,
      connectionId: null,
      connectedAccountId: null,
    });
  });
});

describe('relevantRows', () => {
  const at = (day: number) => `2026-01-0${day}T00:00:00Z`;
  const ids = (rows: OwnedSnapshot[]) => relevantRows(rows).map(({ id }) => id);

  it('are all ACTIVE accounts except replaced ones', () => {
    const rows = [
      active(),
      active({ id: 'ca_2', alias: 'work' }),
      active({ id: 'ca_3', alias: 'mooring-replaced-ca_3' }),
      row({ id: 'ca_4', status: 'EXPIRED' }),
    ];
    expect(ids(rows)).toEqual(['ca_1', 'ca_2']);
  });

  it('are otherwise the newest account, and a failed attempt only if there was no connection', () => {
    const dead = row({ id: 'ca_1', status: 'EXPIRED', createdAt: at(2) });
    const older = row({ id: 'ca_2', status: 'REVOKED', createdAt: at(1) });
    const statusReason = 'INITIATION_TIMEOUT';
    const abandoned = row({ id: 'ca_3', status: 'EXPIRED', statusReason, createdAt: at(3) });
    const failed = row({ id: 'ca_4', status: 'FAILED', createdAt: at(4) });
    expect(ids([older, abandoned, dead, failed])).toEqual(['ca_1']);
    expect(ids([abandoned, failed])).toEqual(['ca_4']);
    expect(ids([])).toEqual([]);
  });
});
