import { markerAlias } from '../../../src/domain/ids.ts';
import type { WriteEntry } from '../../../sandbox/control.ts';
import type { Call, Evidence, Run } from '../../../soak/evidence.ts';

const began = Date.parse('2026-01-01T10:00:00Z');
const endpoints = ['app', 'archive'];

type Row = Evidence['accounts'][number];
/** When, in seconds since the start of the world. The other fields have a default value. */
type Asked = Partial<Call> & Pick<Call, 'operation' | 'input'> & { at: number };
type Ran = Partial<Run> & Pick<Run, 'workflowId' | 'type'> & { from: number; to: number | null };

/** Writes a log as a world leaves it, with default values. */
export class Diary {
  readonly evidence: Evidence = {
    calls: [],
    endpoints,
    deliveries: [],
    writes: [],
    accounts: [],
    runs: [],
    outcomes: [],
    lists: [],
    places: [],
    secrets: [],
    bystander: { userId: 'bystander', accountId: 'ca_bystander' },
    faultsEndedAt: time(100),
    collectedAt: time(1_000),
    given: {
      calls: 0,
      deliveries: 0,
      writes: 0,
      accounts: 0,
      runs: 0,
      lists: 0,
      places: 0,
      lines: 0,
    },
  };

  /** A call of a user’s backend, answered a second later. */
  call(userId: string, { at, ...call }: Asked): void {
    this.evidence.calls.push({
      n: this.evidence.calls.length + 1,
      story: `story of ${userId}`,
      userId,
      requestId: null,
      askedAt: time(at),
      answeredAt: time(at + 1),
      value: null,
      error: null,
      ...call,
    });
  }

  account(row: Pick<Row, 'id' | 'userId'> & Partial<Row> & { at: number }): void {
    const { at, ...rest } = row;
    this.evidence.accounts.push({
      authConfigId: 'ac_gmail',
      toolkit: 'gmail',
      alias: null,
      status: 'ACTIVE',
      statusReason: null,
      accountType: 'PRIVATE',
      acl: null,
      fields: [],
      person: null,
      deleted: false,
      createdAt: time(at),
      grant: { access: true, refresh: true },
      ...rest,
    });
  }

  /** What changed an account, and its new state. */
  write(accountId: string, at: number, write: Partial<WriteEntry>): void {
    const { writes, accounts } = this.evidence;
    const row = accounts.find(({ id }) => id === accountId);
    if (row === undefined) throw new Error(`the diary has no account ${accountId}`);
    const before = writes.findLast((entry) => entry.accountId === accountId);
    const { op = 'status', statusAfter = row.status, alias = row.alias } = write;
    writes.push({
      seq: writes.length + 1,
      at: time(at),
      by: 'api',
      requestId: null,
      op,
      accountId,
      userId: row.userId,
      authConfigId: row.authConfigId,
      alias,
      statusBefore: before?.statusAfter ?? null,
      statusAfter,
      revoked: false,
      ...write,
    });
    Object.assign(row, { status: statusAfter, alias, deleted: op === 'delete' });
    if (op === 'delete') row.grant = { access: false, refresh: false };
  }

  run(userId: string, name: string, { from, to, ...run }: Ran): string {
    const runId = runIdOf(name);
    this.evidence.runs.push({
      runId,
      status: to === null ? 'RUNNING' : 'COMPLETED',
      startedAt: time(from),
      closedAt: to === null ? null : time(to),
      userId,
      authConfigId: null,
      accountId: null,
      phase: null,
      input: null,
      result: null,
      failure: null,
      updates: [],
      taskFailure: null,
      isCutOff: false,
      replayError: null,
      ...run,
    });
    return runId;
  }

  /** An event that both endpoints received and accepted. */
  event(userId: string, runId: string, event: { at: number; type: string; data: object }): void {
    const { at, type, data } = event;
    const eventId = `${runId}_1`;
    const body = JSON.stringify({ id: eventId, type, data: { userId, ...data } });
    for (const endpoint of endpoints) {
      const n = this.evidence.deliveries.length + 1;
      const request = { n, endpoint, at: time(at), isVerified: true, eventId, type, userId };
      this.evidence.deliveries.push({ ...request, body, status: 204 });
    }
  }

  /** Counts the entries of each source. */
  close(): Evidence {
    const { evidence } = this;
    const { calls, deliveries, writes, accounts, runs, lists, places } = evidence;
    const sources = { calls, deliveries, writes, accounts, runs, lists, places };
    const counts = Object.entries(sources).map(([source, entries]) => [source, entries.length]);
    const logs = places.filter(({ name }) => name.startsWith('log of '));
    const lines = logs.flatMap(({ text }) => text.split('\n')).length;
    evidence.given = { ...(Object.fromEntries(counts) as Evidence['given']), lines };
    return evidence;
  }
}

export function time(seconds: number): number {
  return began + seconds * 1_000;
}

/** A run id. Markers contain its end, which is as long as the end of a UUID. */
export function runIdOf(name: string): string {
  return `run-${name.padStart(12, '0')}`;
}

export function markerOf(name: string): string {
  return markerAlias({ runId: runIdOf(name), originalRunId: runIdOf(name) }, 1);
}
