import { expect, it } from 'vitest';
import {
  onKeepDisabled,
  onPauseListed,
  onPaused,
} from '../../../../src/domain/access/pause-and-restore.ts';
import { type AccessState, newState } from '../../../../src/domain/access/state.ts';
import type { ListedAccount } from '../../../../src/domain/access/batches.ts';

const account: ListedAccount = {
  id: 'ca_1',
  authConfigId: 'ac_gmail',
  toolkit: 'gmail',
  createdAt: '2026-11-30T12:00:00Z',
  statusBefore: 'ACTIVE',
};
const report = { paused: ['ca_1'], left: [], gone: [], uncertain: [] };
const open = newState({ userId: 'ada' }, 0);
const look = { passes: 0, cursor: null, isListing: true, nextAt: 0, leave: [] };

function owedAfterPause(state: AccessState): string[] {
  return onPaused(state, [account], report).paused.map(({ id }) => id);
}

it('a pause remembers what it has disabled, also if its answer comes after a renewal', () => {
  expect(owedAfterPause({ ...open, look })).toEqual(['ca_1']);
  expect(owedAfterPause({ ...open, look: null })).toEqual(['ca_1']);
});

it('a pause does not remember what a caller disabled meanwhile, before or after a renewal', () => {
  const state = onKeepDisabled({ ...open, look, toPause: [account] }, 'ca_1');
  expect(owedAfterPause(state)).toEqual([]);
  expect(owedAfterPause({ ...state, look: null, toPause: [] })).toEqual([]);
});

it('a pause remembers an account that was enabled again after a caller had disabled it', () => {
  const before = onKeepDisabled(open, 'ca_1');
  const listed = onPauseListed({ ...before, look }, { accounts: [account], next: null }, 0);
  expect(owedAfterPause(listed)).toEqual(['ca_1']);
});

it.each([
  ['INITIALIZING', ['ca_1']],
  ['INITIATED', ['ca_1']],
  ['EXPIRED', []],
  ['INACTIVE', []],
] as const)(
  'an account that was %s when a pause started, and is ACTIVE later, is disabled: %j',
  (statusBefore, disabled) => {
    const began = { accounts: [{ ...account, statusBefore }], next: null };
    const first = onPauseListed({ ...open, look }, began, 0);
    const again = { ...first, look: { ...look, ...first.look, isListing: true } };
    const later = onPauseListed(again, { accounts: [account], next: null }, 1);
    expect(later.toPause.map(({ id }) => id)).toEqual(disabled);
    expect(later.summary.leftActive).toEqual(disabled.length === 0 ? ['ca_1'] : []);
  },
);
