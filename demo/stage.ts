import { MooringClient, type Outcome, type OutcomeStatus, type Reason } from '../src/client.ts';
import type { SandboxControl } from '../sandbox/control.ts';
import { Person } from './person.ts';

/** What a scenario found out about itself. */
export interface Finding {
  outcome: string;
  reason: string | null;
  apiCalls: number;
  historyEvents: number;
}

/** What all scenarios share. */
export interface Backdrop {
  mooring: MooringClient;
  sandbox: SandboxControl;
  env: Record<string, string>;
  authConfigId: string;
  returnUrl: string;
}

/** Everything one scenario has to itself: a user nobody else uses, and the questions it asks afterwards. */
export class Stage implements Backdrop {
  readonly mooring: MooringClient;
  readonly sandbox: SandboxControl;
  readonly env: Record<string, string>;
  readonly authConfigId: string;
  readonly returnUrl: string;
  readonly userId: string;
  /** How it ended as far as was seen, for who has to tell of a scenario that went wrong. */
  readonly seen: { last: Pick<Finding, 'outcome' | 'reason'> | null };
  readonly #backdrop: Backdrop;

  constructor(backdrop: Backdrop, userId: string, seen: Stage['seen'] = { last: null }) {
    this.#backdrop = backdrop;
    this.mooring = backdrop.mooring;
    this.sandbox = backdrop.sandbox;
    this.env = backdrop.env;
    this.authConfigId = backdrop.authConfigId;
    this.returnUrl = backdrop.returnUrl;
    this.userId = userId;
    this.seen = seen;
  }

  get connectionId(): string {
    return `${this.userId}/${this.authConfigId}`;
  }

  /** The same stage on a task queue that only its own workers serve. */
  async onTaskQueue(taskQueue: string): Promise<Stage> {
    const env = { ...this.env, MOORING_TASK_QUEUE: taskQueue };
    const mooring = await MooringClient.connect({ environment: env });
    return new Stage({ ...this.#backdrop, env, mooring }, this.userId, this.seen);
  }

  /** A fresh browser each time: cookies of an earlier attempt must not help. */
  person(): Person {
    return new Person('ada');
  }

  /** The browser follows its callback to our gateway; answers where it is sent then, if anywhere. */
  async comeBack(callback: URL): Promise<URL | null> {
    const response = await fetch(callback, { redirect: 'manual' });
    await response.arrayBuffer();
    const location = response.headers.get('location');
    return response.status === 303 && location !== null ? new URL(location) : null;
  }

  async settled(connectionId: string): Promise<Outcome> {
    const outcome = await this.mooring.connection(connectionId).outcome({ timeoutMs: 30_000 });
    this.seen.last = { outcome: outcome.status, reason: outcome.reason };
    return outcome;
  }

  async apiCalls(): Promise<number> {
    const calls = await this.sandbox.callLog();
    return calls.filter((call) => call.userId === this.userId).length;
  }

  /** What is left at the API for this user: exactly these accounts, each ACTIVE. */
  async leavesOnly(accountIds: (string | null)[]): Promise<void> {
    const rows = await this.sandbox.accounts({ userId: this.userId });
    const left = rows.filter((row) => !row.deleted);
    const found = left.map((row) => `${row.id} ${row.status}`).sort();
    const expected = accountIds.map((id) => `${id} ACTIVE`).sort();
    check(found.join() === expected.join(), `left at the API: ${expected.join() || 'nothing'}`);
  }

  async finding(
    connectionId: string,
    outcome: Outcome,
    status: OutcomeStatus,
    reason: Reason | null = null,
  ): Promise<Finding> {
    const { historyEvents } = await this.mooring.connection(connectionId).describe();
    const apiCalls = await this.apiCalls();
    check(outcome.status === status, `the outcome is ${status}, not ${outcome.status}`);
    check(outcome.reason === reason, `the reason is ${reason}, not ${outcome.reason}`);
    return { outcome: outcome.status, reason: outcome.reason, apiCalls, historyEvents };
  }
}

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${what}`);
}
