import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { SweepBatch, BatchReport } from '../../../../src/activities/sweep/act-sweep.ts';
import { createBulkActivities } from '../../../../src/activities/index.ts';
import { ApiError } from '../../../../src/composio/errors.ts';
import type { AccountStatus } from '../../../../src/domain/account.ts';
import { closedBreaker } from '../../../../src/domain/sweep/breaker.ts';
import { reauthWorkflowId } from '../../../../src/domain/ids.ts';
import { FakeApi, input, row, withoutCodecs } from '../support.ts';

const status = (code: number) => new ApiError('http', 'no', { status: code });
const lost = () => new ApiError('timeout', 'no answer');

/** Accounts by id, with the errors of their calls and the status after a refresh. */
class SweptApi extends FakeApi {
  /** The error of every call of this name on this account, or on all: `refresh ca_1`, `get`. */
  readonly broken = new Map<string, unknown>();
  leaves: AccountStatus = 'INITIATED';
  /** Called when a refresh has been applied, before its answer. */
  afterRefresh: (id: string) => void = () => undefined;

  constructor(count: number, before: AccountStatus = 'EXPIRED') {
    super();
    this.rows = Array.from({ length: count }, (_, n) => row({ id: `ca_${n}`, status: before }));
  }

  override async getAccount(id: string) {
    const account = await super.getAccount(id);
    this.#breaks('get', id);
    return account;
  }

  override async refreshAccount(id: string) {
    this.#breaks('refresh', id);
    const answer = await super.refreshAccount(id);
    for (const account of this.rows) if (account.id === id) account.status = this.leaves;
    this.afterRefresh(id);
    this.#breaks('answer', id);
    return answer;
  }

  override async pageAccounts(query: Parameters<FakeApi['pageAccounts']>[0]) {
    this.#breaks('page', '');
    return super.pageAccounts(query);
  }

  refreshed(id?: string): number {
    return this.asked.filter((call) => call.startsWith(`refresh ${id ?? ''}`)).length;
  }

  #breaks(call: string, id: string): void {
    const error = this.broken.get(`${call} ${id}`) ?? this.broken.get(call);
    if (error !== undefined) throw error;
  }
}

/** The process of a worker. Each try continues with the heartbeat of the try before. */
function processOf(api: SweptApi, told: readonly string[] = []) {
  const open = new Set(told.map(reauthWorkflowId));
  const described: string[] = [];
  const listed: string[] = [];
  const logged: LogEntry[] = [];
  const client = {
    withAbortSignal: (_signal: AbortSignal, run: () => unknown) => run(),
    options: withoutCodecs,
    workflow: {
      getHandle: (workflowId: string) => ({
        describe: async () => {
          described.push(workflowId);
          if (open.has(workflowId)) return {};
          throw new WorkflowNotFoundError('none', workflowId, undefined);
        },
      }),
      async *list({ query }: { query: string }) {
        listed.push(query);
        for (const workflowId of open)
          if (query.includes(`"${workflowId}"`)) yield { workflowId, status: { name: 'RUNNING' } };
      },
      start: async (type: string, { workflowId }: { workflowId: string }) => {
        if (open.has(workflowId)) {
          throw new WorkflowExecutionAlreadyStartedError('open', workflowId, type);
        }
        open.add(workflowId);
      },
    },
  };
  const { healSweepBatch } = createBulkActivities({ api });
  let heartbeatDetails: unknown;
  return {
    logged,
    open,
    described,
    listed,
    async act(batch: Partial<SweepBatch> = {}) {
      const environment = new MockActivityEnvironment(
        { heartbeatDetails },
        {
          client: client as never,
          logger: new DefaultLogger('INFO', (entry) => logged.push(entry)),
        },
      );
      environment.on('heartbeat', (details: unknown) => {
        heartbeatDetails = structuredClone(details);
      });
      const rows = api.rows.map(({ id }) => ({
        ...input,
        id,
        toolkit: 'gmail',
        statusBefore: 'EXPIRED' as const,
        statusReason: null,
      }));
      const whole: SweepBatch = { mode: 'heal', rows, breaker: null, ...batch };
      return environment.run<[SweepBatch], BatchReport, typeof healSweepBatch>(
        healSweepBatch,
        whole,
      );
    },
  };
}

type Swept = ReturnType<typeof processOf>;

const levels = ({ logged }: Swept) =>
  logged.filter(({ message }) => message.includes('API key')).map(({ level }) => level);

describe('a batch', () => {
  it('refreshes each account once, and notifies its user', async () => {
    const api = new SweptApi(3);
    const swept = processOf(api);
    const { tally } = await swept.act();
    expect(tally).toMatchObject({ outcomes: { reauth_required: 3 }, maybeMissed: 3 });
    expect(api.refreshed()).toBe(3);
    expect(swept.open.size).toBe(3);
  });

  it('skips an account whose user was notified a moment ago and is in no list yet', async () => {
    const api = new SweptApi(2);
    const { tally } = await processOf(api, ['ca_0']).act();
    expect(tally.outcomes).toEqual({ already_notified: 1, reauth_required: 1 });
    expect([api.refreshed('ca_0'), api.refreshed('ca_1')]).toEqual([0, 1]);
  });

  it('lists notified users for many accounts at once, and reads each one in a second try', async () => {
    const api = new SweptApi(120);
    const swept = processOf(api, ['ca_7', 'ca_77']);
    api.broken.set('refresh ca_3', status(503));
    await expect(swept.act()).rejects.toThrow('no');
    expect([swept.listed.length, swept.described.length]).toEqual([1, 0]);
    api.broken.clear();
    const { tally } = await swept.act();
    expect(tally.outcomes).toEqual({ already_notified: 2, reauth_required: 118 });
    expect(api.refreshed()).toBe(118);
    expect(swept.described).toEqual([reauthWorkflowId('ca_3')]);
  });

  it('does not refresh again if a killed try notified the user but did not save that', async () => {
    const api = new SweptApi(1);
    api.leaves = 'EXPIRED'; // the grant is dead, and the endpoint renews
    const swept = processOf(api);
    await swept.act();
    const again = processOf(api, ['ca_0']);
    expect((await again.act()).tally.outcomes).toEqual({ already_notified: 1 });
    expect(api.refreshed()).toBe(1);
  });

  it('counts an account as healed if its user was notified and it is ACTIVE again', async () => {
    const api = new SweptApi(1, 'ACTIVE');
    expect((await processOf(api, ['ca_0']).act()).tally.outcomes).toEqual({ healed: 1 });
    expect(api.refreshed()).toBe(0);
  });

  it('never writes to an account that belongs to another user now', async () => {
    const api = new SweptApi(1);
    const [account] = api.rows;
    const rows = [
      { ...input, id: 'ca_0', toolkit: 'gmail', statusBefore: 'EXPIRED', statusReason: null },
    ] as const;
    if (account !== undefined) account.userId = 'eve';
    expect((await processOf(api).act({ rows })).tally.outcomes).toEqual({ owner_unknown: 1 });
    expect(api.refreshed()).toBe(0);
  });

  it('does not stop for an account that always fails: it skips the account after three tries', async () => {
    const api = new SweptApi(40);
    api.broken.set('get ca_7', status(500));
    const swept = processOf(api);
    await expect(swept.act()).rejects.toMatchObject({ type: 'API_UNAVAILABLE' });
    await expect(swept.act()).rejects.toMatchObject({ type: 'API_UNAVAILABLE' });
    const { tally } = await swept.act();
    expect(tally.outcomes).toEqual({ reauth_required: 39, failed: 1 });
    expect(tally.failures).toMatchObject([{ connectedAccountId: 'ca_7', outcome: 'failed' }]);
    expect(api.refreshed()).toBe(39);
  });

  it('blames no account while the API is down, however long', async () => {
    const api = new SweptApi(2);
    for (const call of ['get', 'page']) api.broken.set(call, lost());
    const swept = processOf(api);
    for (let tries = 0; tries < 5; tries++) await expect(swept.act()).rejects.toThrow('no answer');
    api.broken.clear();
    expect((await swept.act()).tally.outcomes).toEqual({ reauth_required: 2 });
  });

  it.each([new ApiError('held', 'not sent'), status(429)])(
    'blames no account for our own rate limiter: %s',
    async (failure) => {
      const api = new SweptApi(1);
      api.broken.set('get', failure);
      const swept = processOf(api);
      for (let tries = 0; tries < 5; tries++) await expect(swept.act()).rejects.toThrow(/^no/);
      api.broken.clear();
      expect((await swept.act()).tally.outcomes).toEqual({ reauth_required: 1 });
    },
  );

  it('makes a hundred calls at a time, over all batches', async () => {
    const api = new SweptApi(150);
    let now = 0;
    let most = 0;
    api.getAccount = async (id) => {
      most = Math.max(most, ++now);
      await new Promise((go) => setTimeout(go, 5));
      now--;
      return api.rows.find((one) => one.id === id) ?? null;
    };
    const swept = processOf(api);
    await Promise.all([swept.act(), swept.act()]);
    expect(most).toBe(100);
  });
});

describe('a batch whose API key is refused', () => {
  it('waits, logs one error, and continues when the key works again', async () => {
    const api = new SweptApi(300);
    for (const call of ['get', 'page']) api.broken.set(call, status(401));
    const swept = processOf(api);
    const parked = { type: 'API_UNAUTHORIZED', nonRetryable: false, nextRetryDelay: 60_000 };
    for (let tries = 0; tries < 5; tries++) await expect(swept.act()).rejects.toMatchObject(parked);
    expect(levels(swept)).toEqual(['ERROR']);
    // The calls that were in flight at the first refusal, and no later ones.
    expect(api.asked.length).toBeLessThanOrEqual(5 * 100);
    api.broken.clear();
    expect((await swept.act()).tally.outcomes).toEqual({ reauth_required: 300 });
    expect(levels(swept)).toEqual(['ERROR', 'INFO']);
  });

  it('also waits if the key only lacks the right to refresh', async () => {
    const api = new SweptApi(2);
    api.broken.set('refresh', status(403));
    const swept = processOf(api);
    for (let tries = 0; tries < 5; tries++) {
      await expect(swept.act()).rejects.toMatchObject({ type: 'API_UNAUTHORIZED' });
    }
    api.broken.clear();
    expect((await swept.act()).tally.outcomes).toEqual({ reauth_required: 2 });
    expect(levels(swept)).toEqual(['ERROR', 'INFO']);
  });

  it('does not stop if one account is forbidden and others are not', async () => {
    const api = new SweptApi(2);
    api.broken.set('get ca_0', status(403));
    const swept = processOf(api);
    for (let tries = 0; tries < 2; tries++) await expect(swept.act()).rejects.toThrow('no');
    expect((await swept.act()).tally.outcomes).toEqual({ reauth_required: 1, failed: 1 });
  });
});

describe('a batch of accounts that are ACTIVE', () => {
  const careful = (count: number) => ({
    mode: 'proactive' as const,
    breaker: closedBreaker(),
    rows: Array.from({ length: count }, (_, n) => ({
      ...input,
      id: `ca_${n}`,
      toolkit: 'gmail',
      statusBefore: 'ACTIVE' as const,
      statusReason: null,
    })),
  });

  it('harms three if the endpoint restarts the consent, and leaves the others untouched', async () => {
    const api = new SweptApi(20, 'ACTIVE');
    const { tally, breaker } = await processOf(api).act(careful(20));
    expect(tally.outcomes).toEqual({ made_worse: 3, untouched: 17 });
    expect(breaker?.hurt).toEqual(['ca_0', 'ca_1', 'ca_2']);
    expect(api.refreshed()).toBe(3);
  });

  it('counts a lost answer as harm, because nothing proves the opposite', async () => {
    const api = new SweptApi(20, 'ACTIVE');
    api.leaves = 'ACTIVE';
    api.broken.set('answer', lost());
    const { tally, breaker } = await processOf(api).act(careful(20));
    expect(tally.outcomes).toEqual({ healthy: 3, untouched: 17 });
    expect(breaker?.hurt).toHaveLength(3);
    expect(api.refreshed()).toBe(3);
  });

  it('reads what a failed try has started, and never refreshes it again', async () => {
    const api = new SweptApi(3, 'ACTIVE');
    api.leaves = 'ACTIVE';
    api.afterRefresh = (id) => api.broken.set(`get ${id}`, lost());
    const swept = processOf(api);
    await expect(swept.act(careful(3))).rejects.toThrow('no answer');
    api.broken.clear();
    api.afterRefresh = () => undefined;
    const { tally, breaker } = await swept.act(careful(3));
    expect(tally.outcomes).toEqual({ healthy: 3 });
    expect(breaker?.hurt).toEqual([]);
    expect(api.refreshed()).toBe(3);
  });

  it('counts an account as harmed if its refresh started and it never answers again', async () => {
    const api = new SweptApi(1, 'ACTIVE');
    api.afterRefresh = (id) => api.broken.set(`get ${id}`, status(500));
    const swept = processOf(api);
    for (let tries = 0; tries < 2; tries++) {
      await expect(swept.act(careful(1))).rejects.toThrow('no');
    }
    const { tally, breaker } = await swept.act(careful(1));
    expect(tally.outcomes).toEqual({ failed: 1 });
    expect(breaker?.hurt).toEqual(['ca_0']);
  });
});
