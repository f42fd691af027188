import type { ConnectOutcome } from '../../../src/domain/connect/connect.ts';
import type { Diary } from './diary.ts';
import { markerOf, time } from './diary.ts';

/** One attempt: who calls when, and how its account changes. */
interface Connected {
  userId: string;
  /** The name of the attempt and of its account `ca_{name}`; default: the user’s id. */
  name?: string;
  at: number;
  input?: Record<string, unknown>;
  outcome?: Partial<ConnectOutcome>;
  /** Called between the link and the end of the attempt. */
  meanwhile?: (accountId: string) => void;
}

const authConfigId = 'ac_gmail';

function connectionOf(userId: string): string {
  return `${userId}/${authConfigId}`;
}

/**
 * A user asks for a link, something happens, and five seconds later the attempt ends. By default it
 * succeeds.
 */
export function connect(diary: Diary, { userId, at, ...more }: Connected): void {
  const { name = userId, input = {}, meanwhile } = more;
  const connectedAccountId = `ca_${name}`;
  const requestId = `request-${name}`;
  const asked = { userId, authConfigId, requestId, ...input };
  const connectionId = connectionOf(userId);
  const value = { connectionId, connectedAccountId, redirectUrl: 'https://links.example/1' };
  diary.call(userId, { at, operation: 'connectUser', input: asked, requestId, value });
  diary.account({ id: connectedAccountId, userId, at, status: 'INITIALIZING' });
  const alias = markerOf(name);
  diary.write(connectedAccountId, at, { op: 'link', statusAfter: 'INITIALIZING', alias });
  if (meanwhile === undefined) approve(diary, connectedAccountId, at + 3);
  else meanwhile(connectedAccountId);
  const success = { status: 'ACTIVE', reason: null, connectedAccountId, statusReason: null };
  const outcome = { ...success, ...more.outcome } as ConnectOutcome;
  attempt(diary, { userId, name, from: at, to: at + 5, input: asked, outcome });
  diary.call(userId, { at: at + 4, operation: 'outcome', input: { connectionId }, value: outcome });
  answer(diary, userId, outcome);
}

export function approve(diary: Diary, accountId: string, at: number): void {
  diary.write(accountId, at, { by: 'person', statusAfter: 'ACTIVE' });
}

/**
 * A user waits for an account that another system has created. It becomes ACTIVE unless it is
 * ACTIVE already.
 */
export function connectExisting(
  diary: Diary,
  { userId, at, status }: { userId: string; at: number; status: 'ACTIVE' | 'INITIATED' },
): void {
  const connectedAccountId = `ca_${userId}`;
  diary.account({ id: connectedAccountId, userId, at: 0, status });
  diary.write(connectedAccountId, 0, { op: 'link', by: 'control', statusAfter: status });
  const requestId = `request-${userId}`;
  const method = { existing: { connectedAccountId } };
  const input = { userId, authConfigId, requestId, method };
  const value = { connectionId: connectionOf(userId), connectedAccountId, redirectUrl: null };
  diary.call(userId, { at, operation: 'connectUser', input, requestId, value });
  if (status !== 'ACTIVE') {
    diary.write(connectedAccountId, at + 3, { by: 'control', statusAfter: 'ACTIVE' });
  }
  const success = { status: 'ACTIVE', reason: null, connectedAccountId, statusReason: null };
  const outcome = success as ConnectOutcome;
  attempt(diary, { userId, name: userId, from: at, to: at + 5, input, outcome });
  answer(diary, userId, outcome);
}

/** A request of a connected user, which creates nothing. */
export function connectRefused(diary: Diary, userId: string, name: string, at: number): void {
  const requestId = `request-${name}`;
  const input = { userId, authConfigId, requestId };
  const connectedAccountId = `ca_${userId}`;
  const message = `${connectedAccountId} is ACTIVE`;
  const error = { code: 'ERR_ALREADY_CONNECTED', message, details: { connectedAccountId } };
  diary.call(userId, { at, operation: 'connectUser', input, requestId, error });
  const outcome: ConnectOutcome = {
    status: 'FAILED',
    reason: 'refused',
    connectedAccountId: null,
    statusReason: 'ERR_ALREADY_CONNECTED',
  };
  attempt(diary, { userId, name, from: at, to: at + 1, input, outcome });
}

interface Attempted {
  userId: string;
  name: string;
  from: number;
  to: number;
  input: Record<string, unknown>;
  outcome: ConnectOutcome;
}

/** The run, its entry in the user’s list, and its event, unless its caller was refused. */
function attempt(diary: Diary, { userId, name, from, to, input, outcome }: Attempted): void {
  const workflowId = `connect/${connectionOf(userId)}`;
  const of = { workflowId, type: 'connectUser', authConfigId, input, result: outcome };
  const runId = diary.run(userId, name, { ...of, from, to });
  const { status, reason, connectedAccountId, statusReason } = outcome;
  const because = reason === null ? status : `${status}:${reason}`;
  const ended = reason === 'refused' ? `REFUSED:${statusReason}` : because;
  const { lists } = diary.evidence;
  const list = lists.find((each) => each.userId === userId);
  const summary = {
    connectionId: connectionOf(userId),
    workflowId,
    runId,
    open: false,
    readable: true,
    phase: null,
    connectedAccountId,
    ended,
    startedAt: new Date(time(from)).toISOString(),
    closedAt: new Date(time(to)).toISOString(),
  };
  if (list === undefined) lists.push({ userId, attempts: [summary], error: null });
  else list.attempts.unshift(summary);
  if (connectedAccountId === null) return;
  const type = `connect.${status.toLowerCase()}`;
  diary.event(userId, runId, { at: to, type, data: { attempt: { workflowId, runId }, outcome } });
}

/** The last answer about the user’s connection. */
function answer(diary: Diary, userId: string, outcome: ConnectOutcome): void {
  const { outcomes } = diary.evidence;
  const connectionId = connectionOf(userId);
  const last = outcomes.find((each) => each.connectionId === connectionId);
  if (last === undefined) outcomes.push({ connectionId, outcome, error: null });
  else last.outcome = outcome;
}

/** A disconnect by a backend, which revokes the grant and deletes the account. */
export function revokeAndDeleteAccount(
  diary: Diary,
  { userId, name, at, reason }: { userId: string; name: string; at: number; reason: string },
): void {
  const connectedAccountId = `ca_${name}`;
  const input = { userId, connectedAccountId, reason };
  const receipt = receiptOf({ userId, connectedAccountId, reason });
  diary.write(connectedAccountId, at + 1, { statusAfter: 'REVOKED', revoked: true });
  diary.write(connectedAccountId, at + 2, { op: 'delete' });
  const workflowId = `account/${connectedAccountId}`;
  const run = { workflowId, type: 'revokeThenDelete', input, result: { receipt } };
  diary.run(userId, `end-${name}`, { ...run, from: at, to: at + 3 });
}

export function receiptOf(of: { userId: string; connectedAccountId: string; reason: string }) {
  return {
    ...of,
    authConfigId: 'ac_gmail',
    proof: 'revoked',
    certain: true,
    revokedTokens: ['refresh_token', 'access_token'],
    statusAfter: null,
  };
}
