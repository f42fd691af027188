import { createHash } from 'node:crypto';
import type {
  AccountChanges,
  ConnectAnswer,
  ConnectUserInput,
  DisconnectInput,
  LapseInput,
  OffboardInput,
  ConnectOutcome,
  RefreshAnswer,
  RefreshInput,
  UserAccessHandle,
} from '../../src/index.ts';
import type { Answer, Cast, Request } from '../cast.ts';
import type { Operation } from '../evidence.ts';
import { accessTimings, connectTimings, revocationTimings, reauthTimings } from './timings.ts';
import { pressButton, tryStep } from './person-steps.ts';

/** The backend was refused something that the rest of the story needs. */
export class StoryEnded extends Error {}

const by = { actor: 'soak', reason: 'a story' };
/** The fields of a request that a story sets, for this user if it names no other. */
type AskedOf<Input> = Partial<Input> & { userId?: string };

/** All of these have a link, and a grant that can be revoked. */
const authConfigIds = ['ac_gmail', 'ac_github', 'ac_custom_slack'] as const;

/**
 * One user, the person at their browser, and their backend, which sends a request id if the call
 * takes one.
 */
export class Player {
  readonly cast: Cast;
  readonly userId: string;
  readonly authConfigId: string;
  #requests = 0;

  constructor(cast: Cast) {
    this.cast = cast;
    this.userId = cast.userId;
    this.authConfigId = cast.random.pick(authConfigIds);
  }

  get #access(): UserAccessHandle {
    return this.cast.mooring.access(this.userId);
  }

  /** Unique to this user, and the same when the story is played again for them. */
  newId(): string {
    const whose = createHash('sha256').update(this.userId).digest('hex').slice(0, 12);
    return `soak-${whose}-${++this.#requests}`;
  }

  ask<T>(
    operation: Operation,
    input: Record<string, unknown>,
    make: () => Promise<T>,
  ): Promise<Answer<T>> {
    const { requestId, userId } = input;
    const request: Request<T> = {
      operation,
      input,
      make,
      ...(typeof requestId === 'string' && { requestId }),
      ...(typeof userId === 'string' && operation !== 'confirm' && { userId }),
    };
    return this.cast.ask(request);
  }

  /** The answer; without it the story ends early. */
  async need<T>(asked: Promise<Answer<T>>): Promise<T> {
    const { value, error } = await asked;
    if (error !== null) throw new StoryEnded(error.message);
    return value;
  }

  tryConnect(more: Partial<ConnectUserInput> = {}): Promise<Answer<ConnectAnswer>> {
    const { userId, authConfigId } = this;
    const { returnUrl } = this.cast;
    const usual = { userId, authConfigId, returnUrl, waitMs: 12_000, requestId: this.newId() };
    const input: ConnectUserInput = { ...usual, timings: connectTimings, ...more };
    return this.ask('connectUser', { ...input }, () => this.cast.mooring.connectUser(input));
  }

  connect(more: Partial<ConnectUserInput> = {}): Promise<ConnectAnswer> {
    return this.need(this.tryConnect(more));
  }

  /** From the first call to an ACTIVE account, in the usual way. */
  async connectFully(more: Partial<ConnectUserInput> = {}): Promise<ConnectAnswer> {
    const attempt = await this.connect(more);
    await this.approve(attempt);
    const outcome = await this.outcome(attempt);
    if (outcome?.status !== 'ACTIVE') throw new StoryEnded('the account is not connected');
    return attempt;
  }

  /** The person consents, and their browser comes back. */
  async approve(attempt: ConnectAnswer, person = this.cast.person()): Promise<URL | null> {
    return this.comeBack(await this.approveOnly(attempt, person));
  }

  /** The person consents, and closes the tab before the browser is back. */
  approveOnly(
    { redirectUrl }: Pick<ConnectAnswer, 'redirectUrl'>,
    person = this.cast.person(),
  ): Promise<URL | null> {
    return tryStep(async () => (redirectUrl === null ? null : person.approve(redirectUrl)));
  }

  async deny({ redirectUrl }: ConnectAnswer): Promise<void> {
    const person = this.cast.person();
    const wayHome = await tryStep(async () => redirectUrl && person.deny(redirectUrl));
    await this.comeBack(wayHome || null);
  }

  /** The person removes the app at the provider, and Composio finds out. */
  async loseGrant(connectedAccountId: string): Promise<void> {
    const { sandbox } = this.cast;
    // The account may have no grant by now: then there is nothing to lose.
    await tryStep(() => sandbox.killGrant(connectedAccountId));
    await this.expire(connectedAccountId);
  }

  /** Composio considers the grant dead, and it lives. */
  async expire(connectedAccountId: string): Promise<void> {
    await tryStep(() => this.cast.sandbox.setStatus(connectedAccountId, 'EXPIRED'));
  }

  async comeBack(callback: URL | null): Promise<URL | null> {
    return callback && this.cast.comeBack(callback);
  }

  async outcome({
    connectionId,
  }: Pick<ConnectAnswer, 'connectionId'>): Promise<ConnectOutcome | null> {
    const connection = this.cast.mooring.connections.get(connectionId);
    const make = () => connection.result({ timeoutMs: 30_000 });
    return (await this.ask('outcome', { connectionId }, make)).value;
  }

  async cancel({ connectionId }: Pick<ConnectAnswer, 'connectionId'>): Promise<void> {
    const connection = this.cast.mooring.connections.get(connectionId);
    await this.ask('cancel', { connectionId }, () => connection.cancel());
  }

  /** What the backend does when the browser comes back, for the user who is signed in there. */
  async confirm(home: URL | null, userId = this.userId): Promise<void> {
    const connectionId = home?.searchParams.get('mooring_connection') ?? null;
    const code = home?.searchParams.get('mooring_code') ?? null;
    if (connectionId === null || code === null) return;
    const connection = this.cast.mooring.connections.get(connectionId);
    await this.ask('confirm', { connectionId, code, userId }, () =>
      connection.confirm({ code, userId }),
    );
  }

  async refresh(
    connectedAccountId: string,
    more: Partial<RefreshInput> = {},
  ): Promise<RefreshAnswer | null> {
    const timings = { ...connectTimings, reauth: reauthTimings };
    const usual = { userId: this.userId, connectedAccountId, requestId: this.newId(), timings };
    const input: RefreshInput = { ...usual, ...more };
    const make = () => this.cast.mooring.accounts.refresh(input);
    return (await this.ask('refresh', { ...input }, make)).value;
  }

  async refreshOutcome(connectedAccountId: string): Promise<void> {
    const refreshing = this.cast.mooring.accounts.getRefresh(connectedAccountId);
    const make = () => refreshing.result({ timeoutMs: 30_000 });
    await this.ask('refreshOutcome', { connectedAccountId }, make);
  }

  async change(command: 'enable' | 'disable', connectedAccountId: string): Promise<void> {
    const input = { userId: this.userId, connectedAccountId, requestId: this.newId() };
    await this.ask(command, input, () => this.cast.mooring.accounts[command](input));
  }

  async updateAlias(connectedAccountId: string, alias: string): Promise<void> {
    const requestId = this.newId();
    const input: AccountChanges['updateAlias'] = {
      userId: this.userId,
      connectedAccountId,
      alias,
      requestId,
    };
    await this.ask('updateAlias', { ...input }, () =>
      this.cast.mooring.accounts.updateAlias(input),
    );
  }

  /** Requests a disconnect, and waits for its receipt. */
  async disconnect(connectedAccountId: string, more: Partial<DisconnectInput> = {}): Promise<void> {
    const usual = { userId: this.userId, connectedAccountId, requestId: this.newId() };
    const input: DisconnectInput = { ...usual, timings: revocationTimings, ...more };
    const end = await this.need(
      this.ask('disconnect', { ...input }, () => this.cast.mooring.accounts.disconnect(input)),
    );
    const { workflowId, runId } = end;
    await this.ask('disconnectResult', { connectedAccountId, workflowId, runId }, () =>
      end.result({ timeoutMs: 30_000 }),
    );
  }

  async keep(connectedAccountId: string): Promise<void> {
    const input = { userId: this.userId, connectedAccountId };
    await this.ask('keep', input, () => this.cast.mooring.accounts.keep(input));
  }

  async lapse({ userId = this.userId, ...more }: AskedOf<LapseInput> = {}): Promise<void> {
    const usual = { requestId: this.newId(), timings: accessTimings };
    const input: LapseInput = { ...usual, ...by, ...more };
    const make = () => this.cast.mooring.access(userId).lapse(input);
    await this.ask('lapse', { userId, ...input }, make);
  }

  async renew(): Promise<void> {
    const input = { requestId: this.newId(), ...by };
    await this.ask('renew', { userId: this.userId, ...input }, () => this.#access.renew(input));
  }

  async offboard({ userId = this.userId, ...more }: AskedOf<OffboardInput> = {}): Promise<void> {
    const usual = { requestId: this.newId(), timings: accessTimings };
    const input: OffboardInput = { ...usual, ...by, ...more };
    const make = () => this.cast.mooring.access(userId).offboard(input);
    await this.ask('offboard', { userId, ...input }, make);
  }

  async cancelOffboarding(): Promise<void> {
    const input = { requestId: this.newId(), ...by };
    const make = () => this.#access.cancelOffboard(input);
    await this.ask('cancelOffboarding', { userId: this.userId, ...input }, make);
  }

  async offboardResult(userId = this.userId): Promise<void> {
    const access = this.cast.mooring.access(userId);
    await this.ask('offboardResult', { userId }, () => access.result());
  }

  async readmit(): Promise<void> {
    const input = { requestId: this.newId(), ...by };
    await this.ask('readmit', { userId: this.userId, ...input }, () => this.#access.readmit(input));
  }

  /** A sweep of this user's accounts only. */
  async sweep(): Promise<void> {
    const input = { name: this.newId(), filter: { userIds: [this.userId] } };
    await this.ask('sweep', input, async () =>
      (await this.cast.mooring.sweeps.start(input)).result(),
    );
  }

  /** A mailed link: the person presses its button. Returns the link behind it. */
  async followReconnectLink({
    connectionId,
  }: Pick<ConnectAnswer, 'connectionId'>): Promise<Pick<ConnectAnswer, 'redirectUrl'>> {
    const input = { connectionId, returnUrl: this.cast.returnUrl };
    const make = () => this.cast.mooring.connections.createReconnectLink(input);
    const { url } = await this.need(this.ask('reconnectLink', input, make));
    return { redirectUrl: await pressButton(url) };
  }
}
