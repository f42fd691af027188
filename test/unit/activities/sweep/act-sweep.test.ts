import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { SweepBatch, BatchReport } from '../../../../src/activities/sweep/act-sweep.ts';
import { createBulkActivities } from '../../../../src/activities/index.ts';
import { ApiError } from '../../../../src/composio/errors.ts';
import type { AccountStatus } from '../../../../src/domain/account.ts';
import { closedBreaker } from '../../../../src/domain/sweep/breaker.ts';
import { toldWorkflowId } from '../../../../src/domain/ids.ts';
import { FakeApi, input, row, withoutCodecs } from '../support.ts';

const status = (code: number) => new ApiError('http', 'no', { status: code });
const lost = () => new ApiError('timeout', 'no answer');

/** Each account by its id, with what its calls throw and what a refresh leaves. */
class SweptApi extends FakeApi {
  /** Thrown by every call of this name on this account, or on all: `refresh ca_1`, `get`. */
  readonly broken = new Map<string, unknown>();
  leaves: AccountStatus = 'INITIATED';
  /** Done as a refresh has been carried out, before it is answered. */
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

/** A worker's process, whose tries go on with what the one before has beaten. */
function processOf(api: SweptApi, told: readonly string[] = []) {
  const open = new Set(told.map(toldWorkflowId));
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
  const { actOnSweep } = createBulkActivities({ api });
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
      return environment.run<[SweepBatch], BatchReport, typeof actOnSweep>(actOnSweep, whole);
    },
  };
}

type Swept = ReturnType<typeof processOf>;

const levels = ({ logged }: Swept) =>
  logged.filter(({ message }) => message.includes('API key')).map(({ level }) => level);

describe('a batch', () => {
  it('refreshes each account once, and has its user told', async () => {
    const api = new SweptApi(3);
    const swept = processOf(api);
    const { tally } = await swept.act();
    expect(tally).toMatchObject({ outcomes: { needs_user: 3 }, maybeMissed: 3 });
    expect(api.refreshed()).toBe(3);
    expect(swept.open.size).toBe(3);
  });

  it('leaves alone whose user has been told a moment before, which no list knows yet', async () => {
    const api = new SweptApi(2);
    const { tally } = await processOf(api, ['ca_0']).act();
    expect(tally.outcomes).toEqual({ told: 1, needs_user: 1 });
    expect([api.refreshed('ca_0'), api.refreshed('ca_1')]).toEqual([0, 1]);
  });

  it('asks for many at once, and of a second try for each: visibility is seconds behind', async () => {
    const api = new SweptApi(120);
    const swept = processOf(api, ['ca_7', 'ca_77']);
    api.broken.set('refresh ca_3', status(503));
    await expect(swept.act()).rejects.toThrow('no');
    expect([swept.listed.length, swept.described.length]).toEqual([1, 0]);
    api.broken.clear();
    const { tally } = await swept.act();
    expect(tally.outcomes).toEqual({ told: 2, needs_user: 118 });
    expect(api.refreshed()).toBe(118);
    expect(swept.described).toEqual([toldWorkflowId('ca_3')]);
  });

  it('does not refresh again what a killed try has told of and could not write down', async () => {
    const api = new SweptApi(1);
    api.leaves = 'EXPIRED'; // the grant is dead, and the endpoint renews
    const swept = processOf(api);
    await swept.act();
    const again = processOf(api, ['ca_0']);
    expect((await again.act()).tally.outcomes).toEqual({ told: 1 });
    expect(api.refreshed()).toBe(1);
  });

  it('counts healed what was told, and is ACTIVE again', async () => {
    const api = new SweptApi(1, 'ACTIVE');
    expect((await processOf(api, ['ca_0']).act()).tally.outcomes).toEqual({ healed: 1 });
    expect(api.refreshed()).toBe(0);
  });

  it('never writes to an account that is another’s by now', async () => {
    const api = new SweptApi(1);
    const [account] = api.rows;
    const rows = [
      { ...input, id: 'ca_0', toolkit: 'gmail', statusBefore: 'EXPIRED', statusReason: null },
    ] as const;
    if (account !== undefined) account.userId = 'eve';
    expect((await processOf(api).act({ rows })).tally.outcomes).toEqual({ owner_unknown: 1 });
    expect(api.refreshed()).toBe(0);
  });

  it('is stopped by no poisonous account: after three tries it goes on without that', async () => {
    const api = new SweptApi(40);
    api.broken.set('get ca_7', status(500));
    const swept = processOf(api);
    await expect(swept.act()).rejects.toMatchObject({ type: 'API_UNAVAILABLE' });
    await expect(swept.act()).rejects.toMatchObject({ type: 'API_UNAVAILABLE' });
    const { tally } = await swept.act();
    expect(tally.outcomes).toEqual({ needs_user: 39, failed: 1 });
    expect(tally.failures).toMatchObject([{ connectedAccountId: 'ca_7', outcome: 'failed' }]);
    expect(api.refreshed()).toBe(39);
  });

  it('blames no account for an API that is away, however long', async () => {
    const api = new SweptApi(2);
    for (const call of ['get', 'page']) api.broken.set(call, lost());
    const swept = processOf(api);
    for (let tries = 0; tries < 5; tries++) await expect(swept.act()).rejects.toThrow('no answer');
    api.broken.clear();
    expect((await swept.act()).tally.outcomes).toEqual({ needs_user: 2 });
  });

  it.each([new ApiError('held', 'not sent'), status(429)])(
    'blames no account for our own gate: %s',
    async (failure) => {
      const api = new SweptApi(1);
      api.broken.set('get', failure);
      const swept = processOf(api);
      for (let tries = 0; tries < 5; tries++) await expect(swept.act()).rejects.toThrow(/^no/);
      api.broken.clear();
      expect((await swept.act()).tally.outcomes).toEqual({ needs_user: 1 });
    },
  );

  it('makes a hundred calls at a time, in all batches together', async () => {
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

describe('a batch whose key is refused', () => {
  it('parks, raises one alert, and goes on by itself', async () => {
    const api = new SweptApi(300);
    for (const call of ['get', 'page']) api.broken.set(call, status(401));
    const swept = processOf(api);
    const parked = { type: 'API_UNAUTHORIZED', nonRetryable: false, nextRetryDelay: 60_000 };
    for (let tries = 0; tries < 5; tries++) await expect(swept.act()).rejects.toMatchObject(parked);
    expect(levels(swept)).toEqual(['ERROR']);
    // What was in flight as the first refusal came, and nothing after it.
    expect(api.asked.length).toBeLessThanOrEqual(5 * 100);
    api.broken.clear();
    expect((await swept.act()).tally.outcomes).toEqual({ needs_user: 300 });
    expect(levels(swept)).toEqual(['ERROR', 'INFO']);
  });

  it('parks also where only the right to refresh is missing', async () => {
    const api = new SweptApi(2);
    api.broken.set('refresh', status(403));
    const swept = processOf(api);
    for (let tries = 0; tries < 5; tries++) {
      await expect(swept.act()).rejects.toMatchObject({ type: 'API_UNAUTHORIZED' });
    }
    api.broken.clear();
    expect((await swept.act()).tally.outcomes).toEqual({ needs_user: 2 });
    expect(levels(swept)).toEqual(['ERROR', 'INFO']);
  });

  it('does not stop for one account that is forbidden, while others are not', async () => {
    const api = new SweptApi(2);
    api.broken.set('get ca_0', status(403));
    const swept = processOf(api);
    for (let tries = 0; tries < 2; tries++) await expect(swept.act()).rejects.toThrow('no');
    expect((await swept.act()).tally.outcomes).toEqual({ needs_user: 1, failed: 1 });
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

  it('harms three where the endpoint restarts, and leaves the others untouched', async () => {
    const api = new SweptApi(20, 'ACTIVE');
    const { tally, breaker } = await processOf(api).act(careful(20));
    expect(tally.outcomes).toEqual({ made_worse: 3, untouched: 17 });
    expect(breaker?.hurt).toEqual(['ca_0', 'ca_1', 'ca_2']);
    expect(api.refreshed()).toBe(3);
  });

  it('counts as harmed what it cannot prove: a lost answer is no proof', async () => {
    const api = new SweptApi(20, 'ACTIVE');
    api.leaves = 'ACTIVE';
    api.broken.set('answer', lost());
    const { tally, breaker } = await processOf(api).act(careful(20));
    expect(tally.outcomes).toEqual({ healthy: 3, untouched: 17 });
    expect(breaker?.hurt).toHaveLength(3);
    expect(api.refreshed()).toBe(3);
  });

  it('reads what a failed try has begun, and never refreshes it again', async () => {
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

  it('counts as harmed what was begun and never answers again', async () => {
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
