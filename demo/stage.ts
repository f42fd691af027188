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
  type ActiveOutcome,
  type AccountFilter,
  type ConnectAnswer,
  type ConnectionHandle,
  type ConnectUserInput,
  type DisconnectHandle,
  MooringClient,
  MooringError,
  type ConnectOutcome,
  type RevocationProof,
  type RefreshHandle,
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

/** The most users among whom accounts are seeded. */
const mostUsers = 12;

/**
 * Everything that belongs to one scenario: its user, other users and sweeps whose names start with
 * the user's id, and the checks at its end.
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
  /** The last known outcome, for the report of a failed scenario. */
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

  /** The same stage with another toolkit. */
  at(authConfigId: string): Stage {
    return new Stage({ ...this.#backdrop, authConfigId }, this.userId, this.seen);
  }

  /** The same stage on a task queue that only its own workers serve. */
  async onTaskQueue(taskQueue: string): Promise<Stage> {
    return this.within({ ...this.env, MOORING_TASK_QUEUE: taskQueue });
  }

  /** The same stage with another Temporal, or another task queue, which `env` names. */
  async within(env: Record<string, string>): Promise<Stage> {
    const mooring = await MooringClient.connect({ environment: env });
    return new Stage({ ...this.#backdrop, env, mooring }, this.userId, this.seen);
  }

  /** A new browser each time: cookies of an earlier attempt must not help. */
  person(account = 'ada'): Person {
    return new Person(account);
  }

  /** The backend requests a connection and takes any answer. */
  async ask(input: Partial<ConnectUserInput> = {}): Promise<ConnectAnswer> {
    const { userId, authConfigId, returnUrl } = this;
    return this.mooring.connectUser({ userId, authConfigId, returnUrl, ...input });
  }

  /** The backend requests a connection, and gets a link for its user. */
  async connect(input: Partial<ConnectUserInput> = {}) {
    const { redirectUrl, ...answer } = await this.ask(input);
    check(redirectUrl !== null, 'the backend got a link');
    return { ...answer, redirectUrl };
  }

  /** The backend requests a connection, the person consents, and the account is ACTIVE. */
  async connected(input: Partial<ConnectUserInput> = {}, person = this.person()) {
    const answer = await this.connect(input);
    await this.comeBack(await person.approve(answer.redirectUrl));
    const outcome = await this.settled(answer.connectionId);
    check(outcome.status === 'ACTIVE', 'the account is connected');
    return answer;
  }

  /** The backend sends a request that must be refused. Returns the error. */
  async refusal(input: Partial<ConnectUserInput> = {}): Promise<MooringError> {
    const error: unknown = await this.ask(input).then(
      () => null,
      (refusal: unknown) => refusal,
    );
    check(error instanceof MooringError, 'the request was refused');
    this.seen.last = { outcome: error.code, reason: null };
    return error;
  }

  /**
   * A new browser opens the callback at our gateway. Returns where the gateway sends it, if
   * anywhere.
   */
  async comeBack(callback: URL): Promise<URL | null> {
    return this.person().comeBack(callback);
  }

  async settled(connectionId: string): Promise<ConnectOutcome> {
    return this.#outcomeOf(this.mooring.connections.get(connectionId));
  }

  /** The outcome of an attempt that must have connected its user. */
  async active(connectionId: string): Promise<ActiveOutcome> {
    const outcome = await this.settled(connectionId);
    check(outcome.status === 'ACTIVE', `ACTIVE, not ${outcome.status}`);
    return outcome;
  }

  /** Seeds accounts of further users. Returns the filter that selects exactly them. */
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

  /** Starts a sweep and waits for its end. */
  async swept(input: Omit<SweepInput, 'name'>): Promise<SweepReport> {
    return (await this.mooring.sweeps.start({ ...input, name: this.userId })).result();
  }

  /** Acts while the API has other settings. Only for a scenario that runs alone. */
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

  /**
   * The deletes and status changes that API calls made to its users' accounts, in order: `delete`,
   * or the new status.
   */
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

  /** The accounts of its users as the API has stored them, without deleted ones. */
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

  /** Waits for the newest attempt of a connection, and checks its outcome, events and accounts. */
  async ends(connectionId: string, ending: Ending): Promise<Finding> {
    return this.#endsAs(this.mooring.connections.get(connectionId), ending);
  }

  /** The same for a user who has authorized the same account again. */
  async endsRefreshed(connectedAccountId: string, ending: Ending): Promise<Finding> {
    return this.#endsAs(this.mooring.accounts.getRefresh(connectedAccountId), ending);
  }

  /** The same for a sweep, whose outcome is how it ended. */
  async endsSwept(
    { ended }: SweepReport,
    ending: Pick<Ending, 'events' | 'left'> & { ended: SweepEnd },
  ): Promise<Finding> {
    this.seen.last = { outcome: ended, reason: null };
    check(ended === ending.ended, `${ending.ended}, not ${ended}`);
    const { apiCalls, ...found } = await this.#rest(ending);
    // Only its event has the id of its run.
    const last = this.inbox.ofAll(this.userId).findLast(({ data }) => 'sweep' in data);
    check(last !== undefined && 'sweep' in last.data, 'the backend received the sweep’s event');
    const sweep = this.mooring.sweeps.get(last.data.sweep.workflowId);
    const { historyEvents } = await sweep.describe();
    return { outcome: ended, reason: null, apiCalls, historyEvents, ...found };
  }

  /** The same for a disconnected account, whose outcome is its proof. */
  async endsProven(
    end: DisconnectHandle,
    ending: Pick<Ending, 'events' | 'left'> & { proof: RevocationProof | 'kept' },
  ): Promise<Finding> {
    const answer = await end.result({ timeoutMs: 30_000 });
    const outcome = answer.outcome === 'kept' ? 'kept' : answer.receipt.proof;
    this.seen.last = { outcome, reason: null };
    check(outcome === ending.proof, `${ending.proof}, not ${outcome}`);
    const { apiCalls, ...found } = await this.#rest(ending);
    const { historyEvents } = await end.describe();
    return { outcome, reason: null, apiCalls, historyEvents, ...found };
  }

  /** The same for a user's access, whose outcome is its phase. */
  async endsIn(
    phase: AccessPhase,
    { userId = this.userId, ...ending }: Pick<Ending, 'events' | 'left'> & { userId?: string },
  ): Promise<Finding> {
    await this.inPhase(phase, userId);
    const { apiCalls, ...found } = await this.#rest(ending);
    const { historyEvents = 0 } = (await this.mooring.access(userId).describe()) ?? {};
    return { outcome: phase, reason: null, apiCalls, historyEvents, ...found };
  }

  /** Waits until a user's access has this phase; `open` also means that no run is left. */
  async inPhase(phase: AccessPhase, userId = this.userId): Promise<void> {
    await eventually(async () => {
      const view = await this.mooring.access(userId).view();
      this.seen.last = { outcome: view?.phase ?? 'open', reason: view?.held?.because ?? null };
      return phase === 'open' ? view === null : view?.phase === phase;
    }, `the access of ${userId} is ${phase}`);
  }

  /** The same for a refused attempt, whose outcome is its error code. */
  async endsRefused(
    { code }: MooringError,
    { alias, ...ending }: Pick<Ending, 'left' | 'events'> & { alias?: string },
  ): Promise<Finding> {
    const key = [this.userId, this.authConfigId, ...(alias === undefined ? [] : [alias])];
    const refused = { ...ending, status: 'FAILED', reason: 'refused' } as const;
    return { ...(await this.ends(key.join('/'), refused)), outcome: code };
  }

  /** The events that the app received, by type. */
  told(): Finding['events'] {
    return counted(this.inbox.ofAll(this.userId).map(({ type }) => type));
  }

  /** Waits until the app has received this many events. */
  async toldOf(events: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (this.inbox.ofAll(this.userId).length < events && Date.now() < deadline) await sleep(50);
  }

  /** The accounts of its users at the API, with their statuses. */
  async left(): Promise<Left> {
    return Object.fromEntries((await this.accounts()).map(({ id, status }) => [id, status]));
  }

  async #endsAs(handle: ConnectionHandle | RefreshHandle, ending: Ending): Promise<Finding> {
    const { status, reason } = await this.#outcomeOf(handle);
    const { reason: expected = null } = ending;
    check(status === ending.status, `${ending.status}, not ${status}`);
    check(reason === expected, `the reason is ${expected}, not ${reason}`);
    const { apiCalls, ...found } = await this.#rest(ending);
    const { historyEvents } = await handle.describe();
    return { outcome: status, reason, apiCalls, historyEvents, ...found };
  }

  async #outcomeOf(handle: ConnectionHandle | RefreshHandle): Promise<ConnectOutcome> {
    const outcome = await handle.result({ timeoutMs: 30_000 });
    this.seen.last = { outcome: outcome.status, reason: outcome.reason };
    return outcome;
  }

  /**
   * Checks the events that the app received and the accounts that are left. Returns them with the
   * number of API calls.
   */
  async #rest(ending: Pick<Ending, 'events' | 'left'>) {
    await this.toldOf(ending.events.length);
    const events = this.told();
    const left = await this.left();
    const expected = counted(ending.events);
    check(
      isDeepStrictEqual(events, expected),
      `events ${JSON.stringify(expected)}, not ${JSON.stringify(events)}`,
    );
    check(
      isDeepStrictEqual(left, ending.left),
      `left ${JSON.stringify(ending.left)}, not ${JSON.stringify(left)}`,
    );
    const { length: apiCalls } = await this.calls();
    return { apiCalls, events, left };
  }
}
