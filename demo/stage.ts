import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { SandboxControl, StoredAccount } from '../sandbox/control.ts';
import {
  type ConnectAnswer,
  type ConnectUserInput,
  type EventType,
  MooringClient,
  MooringError,
  type Outcome,
  type OutcomeStatus,
  type Reason,
} from '../src/client.ts';
import type { Inbox } from './inbox.ts';
import { Person } from './person.ts';

/** What a scenario found out about itself. */
export interface Finding {
  outcome: string;
  reason: string | null;
  apiCalls: number;
  historyEvents: number;
  /** What the app was told, by type. */
  events: Partial<Record<EventType, number>>;
  /** Every account of the user that the API still has, by id. */
  left: Left;
}

type Left = Record<string, StoredAccount['status']>;

/** How a scenario has to end: with this outcome, these events, these accounts, and none besides. */
export interface Ending {
  status: OutcomeStatus;
  reason?: Reason;
  events: EventType[];
  left: Left;
}

/** What all scenarios share. */
export interface Backdrop {
  mooring: MooringClient;
  sandbox: SandboxControl;
  inbox: Inbox;
  env: Record<string, string>;
  authConfigId: string;
  returnUrl: string;
}

/** An event is on its way within milliseconds of an outcome, but for an endpoint that is down. */
const eventWithinMs = 20_000;

/** Everything one scenario has to itself: a user nobody else uses, and the questions it asks afterwards. */
export class Stage {
  readonly mooring: MooringClient;
  readonly sandbox: SandboxControl;
  readonly inbox: Inbox;
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
    const env = { ...this.env, MOORING_TASK_QUEUE: taskQueue };
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

  /** An account as the API has stored it. */
  async account(id: string): Promise<StoredAccount> {
    const rows = await this.sandbox.accounts({ userId: this.userId });
    const row = rows.find((row) => row.id === id);
    check(row !== undefined, `the API has ${id}`);
    return row;
  }

  /** Settles the newest attempt of a connection, and checks that all is as it has to be. */
  async ends(connectionId: string, ending: Ending): Promise<Finding> {
    const { events, reason: expected = null } = ending;
    const outcome = await this.settled(connectionId);
    check(outcome.status === ending.status, `${outcome.status}, not ${ending.status}`);
    check(outcome.reason === expected, `because ${outcome.reason}, not ${expected}`);
    await this.#toldOf(events.length);
    const told = this.told();
    const left = await this.left();
    check(isDeepStrictEqual(told, counted(events)), `told: ${JSON.stringify(told)}`);
    check(isDeepStrictEqual(left, ending.left), `left: ${JSON.stringify(left)}`);
    const { historyEvents } = await this.mooring.connection(connectionId).describe();
    const apiCalls = await this.apiCalls();
    const { status, reason } = outcome;
    return { outcome: status, reason, apiCalls, historyEvents, events: told, left };
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
    return counted(this.inbox.of(this.userId).map(({ type }) => type));
  }

  /** What the API has of this user. */
  async left(): Promise<Left> {
    const rows = await this.sandbox.accounts({ userId: this.userId });
    const there = rows.filter((row) => !row.deleted);
    return Object.fromEntries(there.map(({ id, status }) => [id, status]));
  }

  async #toldOf(events: number): Promise<void> {
    const deadline = Date.now() + eventWithinMs;
    while (this.inbox.of(this.userId).length < events && Date.now() < deadline) await sleep(50);
  }
}

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

function counted(types: EventType[]): Finding['events'] {
  const times = (type: EventType) => types.filter((other) => other === type).length;
  return Object.fromEntries(types.toSorted().map((type) => [type, times(type)]));
}
