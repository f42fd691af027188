import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type {
  CallEntry,
  SandboxControl,
  SeededAccounts,
  StoredAccount,
} from '../sandbox/control.ts';
import { type OtherSettings, usualSettings } from './settings.ts';
import {
  type AccessPhase,
  type AccountFilter,
  type ConnectAnswer,
  type ConnectionHandle,
  type ConnectUserInput,
  type DisconnectHandle,
  MooringClient,
  MooringError,
  type Outcome,
  type Proof,
  type SweepEnd,
  type SweepInput,
  type SweepReport,
} from '../src/index.ts';
import type { Billing } from './billing.ts';
import {
  check,
  counted,
  type Ending,
  eventually,
  type Finding,
  type Left,
  withinMs,
} from './finding.ts';
import type { Inbox } from './inbox.ts';
import { Person } from './person.ts';

/** What all scenarios share. */
export interface Backdrop {
  mooring: MooringClient;
  sandbox: SandboxControl;
  inbox: Inbox;
  billing: Billing;
  env: Record<string, string>;
  authConfigId: string;
  returnUrl: string;
}

/** Of accounts that are seeded. */
const mostUsers = 12;

/**
 * Everything one scenario has to itself: a user nobody else uses, others whose names begin with his, sweeps
 * that are called like him, and the questions it asks afterwards.
 */
export class Stage {
  readonly mooring: MooringClient;
  readonly sandbox: SandboxControl;
  readonly inbox: Inbox;
  readonly billing: Billing;
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
    this.inbox = backdrop.inbox;
    this.billing = backdrop.billing;
    this.env = backdrop.env;
    this.authConfigId = backdrop.authConfigId;
    this.returnUrl = backdrop.returnUrl;
    this.userId = userId;
    this.seen = seen;
  }

  /** The same stage with another toolkit on it. */
  at(authConfigId: string): Stage {
    return new Stage({ ...this.#backdrop, authConfigId }, this.userId, this.seen);
  }

  /** The same stage on a task queue that only its own workers serve. */
  async onTaskQueue(taskQueue: string): Promise<Stage> {
    return this.within({ ...this.env, MOORING_TASK_QUEUE: taskQueue });
  }

  /** The same stage with another Temporal, or another part of it, which `env` names. */
  async within(env: Record<string, string>): Promise<Stage> {
    const mooring = await MooringClient.connect({ environment: env });
    return new Stage({ ...this.#backdrop, env, mooring }, this.userId, this.seen);
  }

  /** A fresh browser each time: cookies of an earlier attempt must not help. */
  person(account = 'ada'): Person {
    return new Person(account);
  }

  /** The backend asks for a connection, whatever the answer. */
  async ask(input: Partial<ConnectUserInput> = {}): Promise<ConnectAnswer> {
    const { userId, authConfigId, returnUrl } = this;
    return this.mooring.connectUser({ userId, authConfigId, returnUrl, ...input });
  }

  /** The backend asks for a connection, and has a link to send its user to. */
  async connect(input: Partial<ConnectUserInput> = {}) {
    const { redirectUrl, ...answer } = await this.ask(input);
    check(redirectUrl !== null, 'the backend got a link');
    return { ...answer, redirectUrl };
  }

  /** From the backend's wish to the ACTIVE account of a person who says yes. */
  async connected(input: Partial<ConnectUserInput> = {}, person = this.person()) {
    const answer = await this.connect(input);
    await this.comeBack(await person.approve(answer.redirectUrl));
    const outcome = await this.settled(answer.connectionId);
    check(outcome.status === 'ACTIVE', 'the account is connected');
    return answer;
  }

  /** The backend asks for what it must not get. */
  async refusal(input: Partial<ConnectUserInput> = {}): Promise<MooringError> {
    const error: unknown = await this.ask(input).then(
      () => null,
      (refusal: unknown) => refusal,
    );
    check(error instanceof MooringError, 'was refused');
    this.seen.last = { outcome: error.code, reason: null };
    return error;
  }

  /** A fresh browser follows a callback to our gateway. Returns where it is sent then, if anywhere. */
  async comeBack(callback: URL): Promise<URL | null> {
    return this.person().comeBack(callback);
  }

  async settled(connectionId: string): Promise<Outcome> {
    return this.#outcomeOf(this.mooring.connection(connectionId));
  }

  /** Accounts that nobody has seen being connected, of some users more; answers the filter that means them alone. */
  async seed(plan: Pick<SeededAccounts, 'count' | 'kinds' | 'ageMs'>): Promise<AccountFilter> {
    const users = Math.min(plan.count, mostUsers);
    const userPrefix = `${this.userId}-`;
    await this.sandbox.seedAccounts({
      ...plan,
      users,
      userPrefix,
      authConfigs: { [this.authConfigId]: 1 },
    });
    return { userIds: Array.from({ length: users }, (_, n) => `${userPrefix}${n}`) };
  }

  /** Fires a sweep and waits for its end. */
  async swept(input: Omit<SweepInput, 'name'>): Promise<SweepReport> {
    return (await this.mooring.startSweep({ ...input, name: this.userId })).result();
  }

  /** While the API behaves otherwise than usual. For a scenario that is alone. */
  async where<T>(settings: OtherSettings, act: () => Promise<T>): Promise<T> {
    await this.sandbox.settings(settings);
    try {
      return await act();
    } finally {
      await this.sandbox.settings(usualSettings);
    }
  }

  /** The API calls that named one of its users or an account of theirs, in order. */
  async calls(): Promise<CallEntry[]> {
    const calls = await this.sandbox.callLog();
    return calls.filter(({ userId }) => userId?.startsWith(this.userId));
  }

  /** How the API was made to end, disable and enable its users' accounts: the operations, statuses by name. */
  async written(): Promise<string[]> {
    const writes = await this.sandbox.writes();
    return writes
      .filter(({ by, userId }) => by === 'api' && userId.startsWith(this.userId))
      .filter(({ op }) => op === 'status' || op === 'delete')
      .map(({ op, statusAfter }) => (op === 'status' ? statusAfter : op));
  }

  async refreshes(): Promise<number> {
    return (await this.calls()).filter(({ route }) => route.endsWith('/refresh')).length;
  }

  /** The accounts of its users as the API has stored them, but for those that are deleted. */
  async accounts(): Promise<StoredAccount[]> {
    const rows = await this.sandbox.accounts();
    return rows.filter(({ userId, deleted }) => !deleted && userId.startsWith(this.userId));
  }

  /** An account as the API has stored it. */
  async account(id: string): Promise<StoredAccount> {
    const row = (await this.accounts()).find((row) => row.id === id);
    check(row !== undefined, `the API has ${id}`);
    return row;
  }

  /** Settles the newest attempt of a connection, and checks that all is as it has to be. */
  async ends(connectionId: string, ending: Ending): Promise<Finding> {
    return this.#endsAs(this.mooring.connection(connectionId), ending);
  }

  /** The same for a user who has authorised this very account anew. */
  async endsRefreshed(connectedAccountId: string, ending: Ending): Promise<Finding> {
    return this.#endsAs(this.mooring.refreshing(connectedAccountId), ending);
  }

  /** The same for a sweep, which is told by how it ended. */
  async endsSwept(
    { ended }: SweepReport,
    ending: Pick<Ending, 'events' | 'left'> & { ended: SweepEnd },
  ): Promise<Finding> {
    this.seen.last = { outcome: ended, reason: null };
    check(ended === ending.ended, `${ended}, not ${ending.ended}`);
    const { apiCalls, ...found } = await this.#rest(ending);
    // Its event alone knows which run it was.
    const last = this.inbox.ofAll(this.userId).findLast(({ data }) => 'sweep' in data);
    check(last !== undefined && 'sweep' in last.data, 'the backend was told of the sweep');
    const { workflowId, runId } = last.data.sweep;
    const { historyEvents } = await this.mooring.attempt(workflowId, runId).describe();
    return { outcome: ended, reason: null, apiCalls, historyEvents, ...found };
  }

  /** The same for an account that was to be ended, which is told by its proof. */
  async endsProven(
    end: DisconnectHandle,
    ending: Pick<Ending, 'events' | 'left'> & { proof: Proof | 'kept' },
  ): Promise<Finding> {
    const answer = await end.result({ timeoutMs: 30_000 });
    const outcome = 'proof' in answer ? answer.proof : 'kept';
    this.seen.last = { outcome, reason: null };
    check(outcome === ending.proof, `${outcome}, not ${ending.proof}`);
    const { apiCalls, ...found } = await this.#rest(ending);
    const { historyEvents } = await this.mooring.attempt(end.workflowId, end.runId).describe();
    return { outcome, reason: null, apiCalls, historyEvents, ...found };
  }

  /** The same for a user's access, which is told by where it has come to stand. */
  async endsIn(
    phase: AccessPhase,
    { userId = this.userId, ...ending }: Pick<Ending, 'events' | 'left'> & { userId?: string },
  ): Promise<Finding> {
    await this.inPhase(phase, userId);
    const { apiCalls, ...found } = await this.#rest(ending);
    // The id of an event begins with its run's.
    const last = this.inbox.of(userId).findLast(({ connectionId }) => connectionId === null);
    const [runId = ''] = last?.id.split('_') ?? [];
    const { workflowId } = this.mooring.access(userId);
    const { historyEvents } = await this.mooring.attempt(workflowId, runId).describe();
    return { outcome: phase, reason: null, apiCalls, historyEvents, ...found };
  }

  /** Waits until a user's access stands there; `open` once nothing of it is under way. */
  async inPhase(phase: AccessPhase, userId = this.userId): Promise<void> {
    await eventually(async () => {
      const view = await this.mooring.access(userId).describe();
      this.seen.last = { outcome: view?.phase ?? 'open', reason: view?.held?.because ?? null };
      return phase === 'open' ? view === null : view?.phase === phase;
    }, `the access of ${userId} is ${phase}`);
  }

  /** The same for an attempt that was refused, which is told by its code. */
  async endsRefused(
    { code }: MooringError,
    { alias, ...ending }: Pick<Ending, 'left' | 'events'> & { alias?: string },
  ): Promise<Finding> {
    const key = [this.userId, this.authConfigId, ...(alias === undefined ? [] : [alias])];
    const refused = { ...ending, status: 'FAILED', reason: 'refused' } as const;
    return { ...(await this.ends(key.join('/'), refused)), outcome: code };
  }

  /** What the app was told, by type. */
  told(): Finding['events'] {
    return counted(this.inbox.ofAll(this.userId).map(({ type }) => type));
  }

  /** Waits until the app was told of so many events. */
  async toldOf(events: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (this.inbox.ofAll(this.userId).length < events && Date.now() < deadline) await sleep(50);
  }

  /** What the API has of its users. */
  async left(): Promise<Left> {
    return Object.fromEntries((await this.accounts()).map(({ id, status }) => [id, status]));
  }

  async #endsAs(handle: ConnectionHandle, ending: Ending): Promise<Finding> {
    const { status, reason } = await this.#outcomeOf(handle);
    const { reason: expected = null } = ending;
    check(status === ending.status, `${status}, not ${ending.status}`);
    check(reason === expected, `because ${reason}, not ${expected}`);
    const { apiCalls, ...found } = await this.#rest(ending);
    const { historyEvents } = await handle.describe();
    return { outcome: status, reason, apiCalls, historyEvents, ...found };
  }

  async #outcomeOf(handle: ConnectionHandle): Promise<Outcome> {
    const outcome = await handle.outcome({ timeoutMs: 30_000 });
    this.seen.last = { outcome: outcome.status, reason: outcome.reason };
    return outcome;
  }

  /** What the app was told and the API has left, checked, and what it cost there. */
  async #rest(ending: Pick<Ending, 'events' | 'left'>) {
    await this.toldOf(ending.events.length);
    const events = this.told();
    const left = await this.left();
    const expected = counted(ending.events);
    check(isDeepStrictEqual(events, expected), `told: ${JSON.stringify(events)}`);
    check(isDeepStrictEqual(left, ending.left), `left: ${JSON.stringify(left)}`);
    const { length: apiCalls } = await this.calls();
    return { apiCalls, events, left };
  }
}
