import type { Evidence } from '../../../soak/evidence.ts';
import { connect, connectRefused, revokeAndDeleteAccount, receiptOf } from './connect-steps.ts';
import { Diary, runIdOf, time } from './diary.ts';

/** The log of a world in which every promise was kept, with every kind of outcome. */
export function goodEvidence(): Evidence {
  return goodDiary().close();
}

/** The same log, for a test that adds to it. */
export function goodDiary(): Diary {
  const diary = new Diary();
  leaveBystander(diary);
  connectTwice(diary);
  cancel(diary);
  deny(diary);
  expire(diary);
  disconnect(diary);
  offboard(diary);
  lapseAndRenew(diary);
  replace(diary);
  keep(diary);
  sweep(diary);
  diary.evidence.secrets.push('sh_this-is-a-link-of-ann');
  diary.evidence.places.push({
    name: 'log of worker 0',
    text: 'worker started\nconnection settled',
  });
  return diary;
}

function leaveBystander(diary: Diary): void {
  const { userId, accountId: id } = diary.evidence.bystander;
  diary.account({ id, userId, at: 0 });
  diary.write(id, 0, { op: 'link', by: 'control', statusAfter: 'ACTIVE' });
}

/**
 * The first try of Ann finds no worker. The second connect is refused, because Ann is connected by
 * then.
 */
function connectTwice(diary: Diary): void {
  const requestId = 'request-ann';
  const input = { userId: 'ann', authConfigId: 'ac_gmail', requestId };
  const error = { code: 'ERR_NO_WORKER', message: 'no worker answers', details: {} };
  diary.call('ann', { at: 1, operation: 'connectUser', input, requestId, error });
  connect(diary, { userId: 'ann', at: 5 });
  connectRefused(diary, 'ann', 'ann-again', 15);
}

function cancel(diary: Diary): void {
  connect(diary, {
    userId: 'bob',
    at: 20,
    outcome: { status: 'CANCELED', reason: 'canceled' },
    meanwhile(accountId) {
      const input = { connectionId: 'bob/ac_gmail' };
      diary.call('bob', { at: 22, operation: 'cancel', input, value: true });
      diary.write(accountId, 24, { op: 'delete' });
    },
  });
}

function deny(diary: Diary): void {
  connect(diary, {
    userId: 'cat',
    at: 30,
    outcome: { status: 'FAILED', reason: 'denied', statusReason: 'access_denied' },
    meanwhile(accountId) {
      diary.write(accountId, 32, { by: 'person', statusAfter: 'FAILED' });
      diary.write(accountId, 34, { op: 'delete' });
    },
  });
}

function expire(diary: Diary): void {
  connect(diary, {
    userId: 'dan',
    at: 40,
    outcome: { status: 'EXPIRED', reason: 'never_opened' },
    meanwhile: (accountId) => diary.write(accountId, 44, { op: 'delete' }),
  });
}

function disconnect(diary: Diary): void {
  const [userId, connectedAccountId] = ['eve', 'ca_eve'];
  connect(diary, { userId, at: 50 });
  const input = { userId, connectedAccountId };
  const run = { workflowId: 'account/ca_eve', runId: runIdOf('end-eve') };
  diary.call(userId, { at: 60, operation: 'disconnect', input, value: run });
  revokeAndDeleteAccount(diary, { userId, name: 'eve', at: 60, reason: 'disconnect' });
  const value = receiptOf({ ...input, reason: 'disconnect' });
  const asked = { connectedAccountId, ...run };
  diary.call(userId, { at: 62, operation: 'disconnectResult', input: asked, value });
  diary.event(userId, run.runId, { at: 63, type: 'connection.deleted', data: value });
}

function offboard(diary: Diary): void {
  const [userId, connectedAccountId] = ['fay', 'ca_fay'];
  connect(diary, { userId, at: 70 });
  const answer = { outcome: 'started', phase: 'cooling_off', until: null };
  diary.call(userId, { at: 80, operation: 'offboard', input: { userId }, value: answer });
  diary.write(connectedAccountId, 82, { statusAfter: 'REVOKED', revoked: true });
  diary.write(connectedAccountId, 83, { op: 'delete' });
  const times = { ended: new Date(time(84)).toISOString() };
  const proofs = { revoked: 1 };
  const accounts = [receiptOf({ userId, connectedAccountId, reason: 'offboarding' })];
  const receipt = { userId, times, proofs, accounts, kept: [], blocked: false };
  const result = { summary: {}, receipt };
  const run = { workflowId: 'user/fay', type: 'userAccess', input: { userId }, result };
  const runId = diary.run(userId, 'access-fay', { ...run, from: 80, to: 85 });
  diary.call(userId, { at: 84, operation: 'offboardResult', input: { userId }, value: receipt });
  const data = { ...receipt, accounts: 1 };
  diary.event(userId, runId, { at: 85, type: 'user.offboarded', data });
}

/** Gus has two accounts: Gus has disabled one, and the lapse pauses the other. */
function lapseAndRenew(diary: Diary): void {
  const userId = 'gus';
  connect(diary, { userId, at: 90 });
  connect(diary, { userId, name: 'gus-two', at: 100, input: { onExisting: 'add' } });
  const input = { userId, connectedAccountId: 'ca_gus-two' };
  const value = { connectedAccountId: 'ca_gus-two', status: 'INACTIVE' };
  diary.call(userId, { at: 110, operation: 'disable', input, value });
  diary.write('ca_gus-two', 110, { statusAfter: 'INACTIVE' });
  const command = { workflowId: 'account/ca_gus-two', type: 'accountCommand' };
  const asked = { ...command, input: { ...input, command: 'disable' }, result: { account: value } };
  diary.run(userId, 'disable-gus', { ...asked, from: 110, to: 111 });
  const lapsed = { outcome: 'started', phase: 'grace', until: new Date(time(121)).toISOString() };
  diary.call(userId, { at: 120, operation: 'lapse', input: { userId }, value: lapsed });
  diary.write('ca_gus', 122, { statusAfter: 'INACTIVE' });
  const renewed = { outcome: 'resuming', phase: 'resuming', until: null };
  diary.call(userId, { at: 130, operation: 'renew', input: { userId }, value: renewed });
  diary.write('ca_gus', 132, { statusAfter: 'ACTIVE' });
  const result = { summary: { paused: 1, given: 1, uncertain: [] }, receipt: null };
  const run = { workflowId: 'user/gus', type: 'userAccess', input: { userId }, result };
  diary.run(userId, 'access-gus', { ...run, from: 120, to: 133 });
}

function replace(diary: Diary): void {
  const userId = 'ida';
  connect(diary, { userId, at: 140 });
  revokeAndDeleteAccount(diary, { userId, name: 'ida', at: 154, reason: 'replaced' });
  const replaced = { connectedAccountId: 'ca_ida', result: 'revoked' as const };
  connect(diary, {
    userId,
    name: 'ida-two',
    at: 155,
    input: { replaces: 'ca_ida' },
    outcome: { replaced },
  });
}

/** Joe disconnects, and keeps the account within the undo window. */
function keep(diary: Diary): void {
  const [userId, connectedAccountId] = ['joe', 'ca_joe'];
  connect(diary, { userId, at: 170 });
  const input = { userId, connectedAccountId };
  const run = { workflowId: 'account/ca_joe', runId: runIdOf('end-joe') };
  const asked = { ...input, undoWindowMs: 60_000 };
  diary.call(userId, { at: 180, operation: 'disconnect', input: asked, value: run });
  diary.write(connectedAccountId, 182, { statusAfter: 'INACTIVE' });
  const kept = { ...input, status: 'ACTIVE' };
  diary.call(userId, { at: 190, operation: 'keep', input, value: kept });
  diary.write(connectedAccountId, 190, { statusAfter: 'ACTIVE' });
  const end = { ...run, type: 'revokeThenDelete', input: { ...asked, reason: 'disconnect' } };
  diary.run(userId, 'end-joe', { ...end, from: 180, to: 191, result: { kept } });
}

/** A sweep runs beside the stories, and one run waits for a user who must consent again. */
function sweep(diary: Diary): void {
  const input = { name: 'nightly' };
  const value = { name: 'nightly', ended: 'finished' };
  const asked = { story: 'sweeps', userId: null, requestId: null, input, value };
  diary.call('', { ...asked, at: 200, operation: 'sweep' });
  const run = { workflowId: 'sweep/nightly', type: 'bulkRefresh', input, result: value };
  diary.run('', 'sweep', { ...run, userId: null, from: 200, to: 205 });
  const memory = { workflowId: 'reauth/ca_ann', type: 'awaitReauth', phase: 'waiting' };
  diary.run('ann', 'memory-ann', { ...memory, from: 210, to: null });
}
