import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createBulkActivities } from '../../../../src/activities/index.ts';
import type { ComposioApi } from '../../../../src/composio/api.ts';
import type { AccountSnapshot } from '../../../../src/domain/account.ts';
import type { ListedAccount } from '../../../../src/domain/access/batches.ts';
import { FakeApi, withoutCodecs } from '../support.ts';

type Bulk = ReturnType<typeof createBulkActivities>;

/** An account as the listing stored it before any change. */
export function listed(account: AccountSnapshot): ListedAccount {
  const { id, authConfigId, toolkit, createdAt, status } = account;
  return { id, authConfigId, toolkit, createdAt, statusBefore: status };
}

/** The API in memory. Some of its answers never come. */
export class HangingApi extends FakeApi {
  /** Writes to these are applied but not answered. */
  hanging: string[] = [];

  override async setEnabled(id: string, enabled: boolean) {
    const answer = await super.setEnabled(id, enabled);
    if (this.hanging.includes(id)) await new Promise(() => {});
    return answer;
  }
}

export interface Tried<Result> {
  result: Result | null;
  error: unknown;
  /** The details that the next try receives, after serialization. */
  details: unknown;
}

interface TryOptions {
  attempt?: number;
  details?: unknown;
  killAfterMs?: number | null;
}

/**
 * One process with a batch: each try starts from the details of the try before. It also knows which
 * runs hold accounts.
 */
export class BatchStage {
  /** Open runs by workflow id, each with its type. */
  readonly runs = new Map<string, string>();
  /** Runs that were canceled. */
  readonly canceled: string[] = [];
  readonly activities: Bulk;

  constructor(api: ComposioApi) {
    this.activities = createBulkActivities({ api });
  }

  /** One try. `killAfterMs` kills its process then; only its last heartbeat is left. */
  async try<Name extends keyof Bulk>(
    name: Name,
    input: Parameters<Bulk[Name]>[0],
    { attempt = 1, details = null, killAfterMs = null }: TryOptions = {},
  ): Promise<Tried<Awaited<ReturnType<Bulk[Name]>>>> {
    const environment = new MockActivityEnvironment(
      { attempt, heartbeatDetails: structuredClone(details) },
      { client: this.#client(), logger: new DefaultLogger('ERROR') },
    );
    type Result = Awaited<ReturnType<Bulk[Name]>>;
    const tried: Tried<Result> = { result: null, error: null, details };
    environment.on('heartbeat', (beat: unknown) => (tried.details = structuredClone(beat)));
    const activity = this.activities[name] as (given: typeof input) => Promise<unknown>;
    const run = environment.run(activity, input).then(
      (result) => void (tried.result = result as Result),
      (error: unknown) => void (tried.error = error),
    );
    if (killAfterMs === null) await run;
    else await new Promise((resolve) => setTimeout(resolve, killAfterMs));
    return { ...tried };
  }

  /** Retries as Temporal does until a try succeeds, but without pauses. */
  async run<Name extends keyof Bulk>(
    name: Name,
    input: Parameters<Bulk[Name]>[0],
    mostTries = 20,
  ): Promise<Awaited<ReturnType<Bulk[Name]>>> {
    let last: unknown = null;
    for (let attempt = 1, details: unknown = null; attempt <= mostTries; attempt++) {
      const tried = await this.try(name, input, { attempt, details });
      if (tried.error === null) return tried.result as Awaited<ReturnType<Bulk[Name]>>;
      ({ details, error: last } = tried);
    }
    throw last;
  }

  #client(): Client {
    const getHandle = (workflowId: string) => ({
      describe: async () => {
        const type = this.runs.get(workflowId);
        if (type === undefined) throw new WorkflowNotFoundError('none', workflowId, undefined);
        return { workflowId, runId: 'r', type, closeTime: undefined };
      },
      signal: async () => void this.canceled.push(workflowId),
    });
    // The SDK runs every activity inside the abort signal of its client.
    const withAbortSignal = (_signal: AbortSignal, run: () => unknown) => run();
    const runs = this.runs;
    const list = async function* ({ query }: { query: string }) {
      for (const workflowId of runs.keys()) {
        if (query.includes(`"${workflowId}"`)) yield { workflowId, status: { name: 'RUNNING' } };
      }
    };
    return { withAbortSignal, options: withoutCodecs, workflow: { getHandle, list } } as never;
  }
}
