import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { WorkflowNotFoundError } from '@temporalio/common';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CallEntry, WriteEntry } from '../../../sandbox/control.ts';
import {
  MooringError,
  type OffboardingReceipt,
  type SubscriptionEvent,
} from '../../../src/index.ts';
import type { AccessResult } from '../../../src/domain/access/access.ts';
import { searchAttributeKeys } from '../../../src/protocol/messages.ts';
import { secret } from '../../support/an-event.ts';
import { type Receiver, startReceiver, status } from '../../support/receiver.ts';
import { testSeed } from '../../support/seed.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';
import { tier } from '../../tiers.ts';

const nth = fc.nat({ max: 3 });
const step = (...names: string[]) => fc.constantFrom(...names).map((name): Step => [name, 0]);
const ofOne = (...names: string[]) => fc.tuple(fc.constantFrom(...names), nth);
type Step = [does: string, n: number];

/** Everything that can happen to a user's access, in any order and more than once. */
const steps = fc.oneof(
  { weight: 4, arbitrary: step('lapse', 'renew') },
  { weight: 4, arbitrary: step('billing lapsed', 'billing renewed', 'late lapse', 'repeat') },
  { weight: 4, arbitrary: step('connect', 'open a link') },
  { weight: 4, arbitrary: ofOne('disable at the API', 'enable at the API') },
  { weight: 2, arbitrary: ofOne('disconnect', 'disconnect and keep') },
  { weight: 3, arbitrary: step('offboard', 'offboard now', 'offboard and block') },
  { weight: 2, arbitrary: step('cancelOffboard', 'readmit', 'workflow cancel') },
  { weight: 2, arbitrary: step('hook down', 'hook up') },
  { weight: 1, arbitrary: step('provider down') },
  { weight: 7, arbitrary: step('pause', 'long pause') },
);
const story = fc.array(steps, { minLength: 2, maxLength: 8 });
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** An offboarding during an undo window. The generator seldom produces this. */
const meeting: Story[] = [1, 2, 3].map((pauses) => [
  ['disconnect and keep', 0],
  ...Array.from({ length: pauses }, (): Step => ['pause', 0]),
  ['offboard now', 0],
  ['long pause', 0],
]);

/** Between them, these show each kind of event that the test counts, whatever the seed. */
const known: Story[] = [
  [
    ['lapse', 0],
    ['long pause', 0],
    ['long pause', 0],
    ['renew', 0],
  ],
  [
    ['disable at the API', 0],
    ['pause', 0],
    ['enable at the API', 0],
  ],
  [
    ['provider down', 0],
    ['disconnect', 0],
  ],
  [
    ['disconnect and keep', 1],
    ['long pause', 0],
    ['long pause', 0],
  ],
  [
    ['offboard now', 0],
    ['long pause', 0],
  ],
];

const stories = tier.accessOrders;
const sideBySide = 25;
const seed = testSeed;
const timings = {
  graceMs: 1_000,
  coolingOffMs: 2_000,
  lookFirstMs: 1_000,
  lookMs: 1_000,
  askMs: 1_000,
  askAgainMs: 1_000,
  endAgainMs: 1_000,
  endAgainMaxMs: 2_000,
  linkLifeMs: 1_000,
};
const connecting = { waitMs: 2_000, timings: { slackMs: 1_000, goneSpacingMs: 1_000 } };
const by = { actor: 'ops@example.com', reason: 'a story' };
/** Other tests slow this machine down. A minute is long enough for everything that does happen. */
const soon = { timeout: 60_000, interval: 500 };
const statusRoute = 'PATCH /connected_accounts/:id/status';
const revokeRoute = 'POST /connected_accounts/:id/revoke';

let stage: TestStage;
let hook: Receiver;
/** What the entitlement hook answers for each user; null: 503. */
const says = new Map<string, boolean | null>();

beforeAll(async () => {
  hook = await startReceiver();
  hook.replyAlways((response, received) => {
    const { userId } = JSON.parse(received.body) as { userId: string };
    const entitled = says.get(userId) ?? null;
    if (entitled === null) status(503)(response, received);
    else response.end(JSON.stringify({ entitled }));
  });
  stage = await openStage({
    environment: {
      MOORING_ENTITLEMENT_URL: hook.url,
      MOORING_ENTITLEMENT_SECRETS: secret(),
      MOORING_ENTITLEMENT_ALLOW_PRIVATE: '1',
    },
  });
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000, latencyMs: 20 });
});
afterAll(async () => {
  await stage.close();
  await hook.stop();
});

/** Plays the stories, several at a time. Returns what came up and what went wrong. */
async function lived(queue: Story[]) {
  const seen: Record<string, number> = {};
  const broken: string[] = [];
  await Promise.all(
    Array.from({ length: sideBySide }, async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const life = new Life(stage.user('ac_github'));
        try {
          await life.begin();
          for (const [does, n] of next) await life.take(does, n);
          await life.end();
          for (const [what, count] of Object.entries(await judge(life))) {
            seen[what] = (seen[what] ?? 0) + count;
          }
        } catch (error) {
          broken.push(`${told(next)}: ${inspect(error, { depth: 4 })}`);
        }
      }
    }),
  );
  return { seen, broken };
}

it(
  `keeps its promises in ${stories} generated interleavings (seed ${seed})`,
  async () => {
    const generated = fc.sample(story, { numRuns: stories, seed });
    const { seen, broken } = await lived([...generated, ...known]);
    expect(broken).toEqual([]);
    // The test proves something only if each kind of event came up.
    const writes = ['disabled', 'givenBack', 'revoked', 'deleted', 'closedAgain'];
    const tales = ['offboarded', 'byHand', 'kept', 'endedAlone'];
    for (const what of [...writes, ...tales]) {
      expect(seen[what], what).toBeGreaterThan(0);
    }
  },
  300_000 + stories * 1_000,
);

// These run alone: beside other stories, the undo comes before its offboarding.
it('runs one operation at a time on an account when an offboarding meets an undo window', async () => {
  const { seen, broken } = await lived(meeting);
  expect(broken).toEqual([]);
  expect(seen).toMatchObject({ kept: 3, offboarded: 3 });
});

function told(story: Story): string {
  return `seed ${seed}, ${story.map(([does, n]) => (n > 0 ? `${does} ${n}` : does)).join(', ')}`;
}

interface End {
  accountId: string;
  from: number;
  to: number;
  isKept: boolean;
}

interface Order {
  timings: typeof timings;
  requestId: string;
  actor: string;
  reason: string;
}

/** As a backend repeats after a timeout: the same call with the same request id. */
async function repeated(call: (requestId: string) => Promise<unknown>): Promise<void> {
  const requestId = randomUUID();
  const isLate = (error: unknown) => error instanceof MooringError && away.includes(error.code);
  for (let left = 5; ; left--) {
    try {
      await call(requestId);
      return;
    } catch (error) {
      if (left === 0 || !isLate(error)) throw error;
    }
  }
}

const away = ['ERR_NO_WORKER', 'ERR_TEMPORAL_UNAVAILABLE', 'ERR_API_UNAVAILABLE'];

/** One user, the steps of the story, and what the story knows of them. */
class Life {
  readonly user: TestUser;
  isPaid = true;
  hookIsUp = true;
  /** Of completed offboardings only. */
  receipts: OffboardingReceipt[] = [];
  /** Runs that disconnected one account each, or were undone. */
  ends: End[] = [];
  /** The ids of requests that the other writer sent. */
  readonly byHand = new Set<string>();
  readonly seeded: string[] = [];
  readonly #atWork: Promise<unknown>[] = [];
  #lastEvent: SubscriptionEvent | null = null;
  #links = 0;

  constructor(user: TestUser) {
    this.user = user;
  }

  async begin(): Promise<void> {
    const { id: userId } = this.user;
    this.#says();
    for (const status of ['ACTIVE', 'ACTIVE', 'INACTIVE', 'EXPIRED'] as const) {
      const row = { userId, authConfigId: 'ac_gmail', status, alias: `a${this.seeded.length}` };
      this.seeded.push((await stage.sandbox.seedAccount(row)).id);
    }
  }

  /** Brings the story to a stable end: the hook answers, the user has paid and is readmitted. */
  async end(): Promise<void> {
    this.hookIsUp = true;
    this.#says();
    await Promise.all(this.#atWork);
    // A run that is working shows a request only after that work.
    await expect.poll(() => this.#isShown(), soon).toBe(true);
    // A user who has not paid keeps only what another writer has enabled.
    await expect.poll(() => this.#phase(), soon).toMatch(/^(open|grace|lapsed|resuming|blocked)$/);
    if (!this.isPaid && (await this.#phase()) === 'lapsed')
      await expect.poll(() => this.#usable(), soon).toEqual([]);
    this.isPaid = true;
    this.#says();
    await expect.poll(() => this.#opened(), { ...soon, message: 'the user’s access' }).toBe('open');
    // Links that nobody opened belong to their attempts, which close on their own.
    await expect
      .poll(async () => (await this.user.left()).filter(([, is]) => is.startsWith('INITI')), soon)
      .toEqual([]);
    // A disconnect that waits for its provider outlives the attempt that started it.
    const open = async () => (await this.#ends()).filter(({ to }) => to === Infinity);
    await expect.poll(open, soon).toEqual([]);
    this.ends = await this.#ends();
    await expect.poll(() => this.#isListed(), soon).toBe(true);
    this.receipts = await this.#receipts();
  }

  async take(does: string, n: number): Promise<void> {
    const { mooring } = stage;
    const { id: userId } = this.user;
    const access = mooring.access(userId);
    const ordered = async (give: (order: Order) => Promise<unknown>): Promise<void> =>
      repeated((requestId) => give({ timings, requestId, ...by }));
    switch (does) {
      case 'lapse':
        return this.#pays(false, () => ordered((given) => access.lapse(given)));
      case 'renew':
        return this.#pays(true, () => ordered((given) => access.renew(given)));
      case 'billing lapsed':
        return this.#pays(false, () => this.#event('lapsed'));
      case 'billing renewed':
        return this.#pays(true, () => this.#event('renewed'));
      case 'late lapse':
        return this.#event('lapsed', 60_000);
      case 'repeat':
        return this.#lastEvent === null ? undefined : this.#note(this.#lastEvent);
      case 'connect':
        return this.#inBackground(async () => {
          const { redirectUrl } = await this.#link();
          await this.user.comeBack(await this.user.person.approve(redirectUrl));
        });
      case 'open a link':
        return this.#inBackground(() => this.#link());
      case 'disable at the API':
        return this.#hand(n, false);
      case 'enable at the API':
        return this.#hand(n, true);
      case 'disconnect':
        return this.#inBackground(async () => {
          const end = await mooring.accounts.disconnect({
            userId,
            connectedAccountId: this.seeded[n] ?? '',
          });
          await end.result();
        });
      case 'disconnect and keep':
        return this.#inBackground(async () => {
          const account = { userId, connectedAccountId: this.seeded[n] ?? '' };
          await mooring.accounts.disconnect({ ...account, undoWindowMs: 60_000 });
          await sleep(2_500);
          await mooring.accounts.keep(account);
        });
      case 'offboard':
        return ordered((given) => access.offboard(given));
      case 'offboard now':
        return ordered((given) => access.offboard({ ...given, coolingOffMs: 0 }));
      case 'offboard and block':
        return ordered((given) => access.offboard({ ...given, block: true }));
      case 'cancelOffboard':
        return ordered((given) => access.cancelOffboard(given));
      case 'readmit':
        return ordered((given) => access.readmit(given));
      case 'workflow cancel':
        return this.#inBackground(() =>
          stage.temporal.workflow.getHandle(mooring.access(userId).workflowId).cancel(),
        );
      case 'hook down':
      case 'hook up':
        this.hookIsUp = does === 'hook up';
        return this.#says();
      case 'provider down':
        return stage.sandbox.fault({
          route: revokeRoute,
          userId,
          fault: { kind: 'status', status: 500 },
        });
      default:
        await sleep(does === 'pause' ? 400 : 1_600);
    }
  }

  /** The backend's own state changes before it sends the event. */
  async #pays(isPaid: boolean, tell: () => Promise<unknown>): Promise<void> {
    this.isPaid = isPaid;
    this.#says();
    await tell();
  }

  #says(): void {
    says.set(this.user.id, this.hookIsUp ? this.isPaid : null);
  }

  /** Sends the request that opens the user's access, if one applies. */
  async #opened(): Promise<string> {
    const phase = await this.#phase();
    const { id: userId } = this.user;
    if (phase === 'blocked')
      await repeated((requestId) => stage.mooring.access(userId).readmit({ requestId }));
    if (['grace', 'lapsed'].includes(phase))
      await repeated((requestId) => stage.mooring.access(userId).renew({ requestId }));
    return phase;
  }

  async #event(to: 'lapsed' | 'renewed', ago = 0): Promise<void> {
    const occurredAt = new Date(Date.now() - ago).toISOString();
    const id = `evt_${randomUUID()}`;
    this.#lastEvent = { id, type: `subscription.${to}`, userId: this.user.id, occurredAt };
    await this.#note(this.#lastEvent);
  }

  async #note(event: SubscriptionEvent): Promise<void> {
    await repeated(() => stage.mooring.access(event.userId).note(event, { timings }));
  }

  async #link() {
    return this.user.connect({ ...connecting, alias: `l${++this.#links}`, onExisting: 'add' });
  }

  /** A step may fail: a closed gate gives no link, and an account may be busy or gone. */
  #inBackground(act: () => Promise<unknown>): void {
    this.#atWork.push(act().catch(() => undefined));
  }

  /** A writer at the API that does not use Mooring. */
  async #hand(n: number, enabled: boolean): Promise<void> {
    const response = await fetch(
      `${stage.server.url}/api/v3.1/connected_accounts/${this.seeded[n]}/status`,
      {
        method: 'PATCH',
        headers: { 'x-api-key': stage.server.apiKey, 'content-type': 'application/json' },
        body: JSON.stringify({ enabled }),
      },
    );
    await response.arrayBuffer();
    this.byHand.add(response.headers.get('x-request-id') ?? '');
  }

  /** Reads the search attribute, which needs no worker. */
  async #phase(): Promise<string> {
    try {
      const { closeTime, typedSearchAttributes } = await this.#run().describe();
      return (closeTime ? null : typedSearchAttributes.get(searchAttributeKeys.phase)) ?? 'open';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'open';
      throw error;
    }
  }

  async #isShown(): Promise<boolean> {
    const view = await stage.mooring.access(this.user.id).view();
    return (view?.phase ?? 'open') === (await this.#phase());
  }

  #run(runId?: string) {
    return stage.temporal.workflow.getHandle(stage.mooring.access(this.user.id).workflowId, runId);
  }

  /** Whether Temporal lists the user's last run as closed. That takes a moment after it closes. */
  async #isListed(): Promise<boolean> {
    try {
      const { runId } = await this.#run().describe();
      const query = `RunId = "${runId}" AND ExecutionStatus != "Running"`;
      return (await stage.temporal.workflow.count(query)).count > 0;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return true;
      throw error;
    }
  }

  async #receipts(): Promise<OffboardingReceipt[]> {
    const { workflowId } = this.#run();
    const receipts: (OffboardingReceipt | null)[] = [];
    const query = `WorkflowId = "${workflowId}" AND ${searchAttributeKeys.outcome.name} = "offboarded"`;
    for await (const { runId } of stage.temporal.workflow.list({ query })) {
      receipts.push(((await this.#run(runId).result()) as AccessResult).receipt);
    }
    return receipts.filter((receipt) => receipt !== null);
  }

  async #ends(): Promise<End[]> {
    const ends: End[] = [];
    const owner = `${searchAttributeKeys.userId.name} = "${this.user.id}"`;
    const query = `WorkflowType = "revokeThenDelete" AND ${owner}`;
    for await (const run of stage.temporal.workflow.list({ query })) {
      const accountId = run.typedSearchAttributes.get(searchAttributeKeys.accountId) ?? '';
      const outcome = run.typedSearchAttributes.get(searchAttributeKeys.outcome);
      const [from, to] = [run.startTime.getTime(), run.closeTime?.getTime() ?? Infinity];
      ends.push({ accountId, from, to, isKept: outcome === 'KEPT' });
    }
    return ends;
  }

  /** ACTIVE, unless another writer enabled it. */
  async #usable(): Promise<string[]> {
    const active = (await this.user.left()).filter(([, status]) => status === 'ACTIVE');
    const writes = await stage.sandbox.writes({ userId: this.user.id });
    return active
      .map(([id]) => id)
      .filter((id) => {
        const last = writes.findLast((write) => write.accountId === id && write.op === 'status');
        return !this.byHand.has(last?.requestId ?? '');
      });
  }
}

/** The writes of a disconnect that was undone: disable, enable. */
const undone = /^(INACTIVE )?(ACTIVE )?$/;
/**
 * The writes of a completed disconnect: disable for the undo window, enable and disable per failed
 * try, enable, revoke, delete.
 */
const ended = (inVain: number) =>
  new RegExp(`^(INACTIVE )?((ACTIVE )?INACTIVE ){0,${inVain}}(ACTIVE )?(REVOKED )?(delete )?$`);

/** Judges by the sandbox's own store and write log, not by what the product reports. */
async function judge({ user, byHand, receipts, ends, seeded }: Life) {
  const seen = {
    disabled: 0,
    givenBack: 0,
    revoked: 0,
    deleted: 0,
    offboarded: 0,
    byHand: 0,
    kept: 0,
    endedAlone: 0,
    closedAgain: 0,
  };
  const rows = await stage.sandbox.accounts({ userId: user.id });
  const writes = await stage.sandbox.writes({ userId: user.id });
  const calls = await stage.sandbox.callLog({ userId: user.id });
  for (const { id, status, deleted } of rows) {
    const own = writes.filter(({ accountId }) => accountId === id);
    const lastHand = judgeAccount(
      own,
      calls.filter(({ accountId }) => accountId === id),
    );
    for (const end of ends) if (end.accountId === id) judgeEnd(end, own);
    const left = deleted ? 'DELETED' : status;
    if (left === 'INACTIVE') expect(lastHand, `who disabled ${id}`).not.toBe('us');
    if (deleted && seeded.includes(id)) await expectDead(id);
  }
  for (const { times, kept } of receipts) {
    const ended = Date.parse(times.ended);
    const there = rows.filter(({ createdAt, deleted }) => createdAt < ended && !deleted);
    expect(
      there.map(({ id }) => id),
      'left after an offboarding',
    ).toEqual(kept);
    seen.offboarded++;
  }
  return seen;

  /**
   * One operation at a time: while a run holds an account, only the steps of one disconnect are
   * written.
   */
  function judgeEnd({ accountId, from, to, isKept }: End, own: WriteEntry[]): void {
    const letters = own
      .filter((write) => write.by === 'api' && !byHand.has(write.requestId ?? ''))
      .filter(({ op, at }) => (op === 'status' || op === 'delete') && at >= from && at <= to)
      .map(({ op, statusAfter }) => (op === 'delete' ? 'delete ' : `${statusAfter} `));
    const inVain = calls.filter((call) => call.accountId === accountId && isInVain(call));
    const isOne = isKept ? undone : ended(inVain.length);
    expect(letters.join(''), `while ${accountId} was being disconnected`).toMatch(isOne);
    seen[isKept ? 'kept' : 'endedAlone']++;
  }

  function isInVain({ route, status }: CallEntry): boolean {
    return route === revokeRoute && status === 500;
  }

  /** Who disabled the account last. */
  function judgeAccount(own: WriteEntry[], calls: CallEntry[]): string | null {
    let disabledBy: string | null = own[0]?.statusAfter === 'INACTIVE' ? 'hand' : null;
    for (const call of calls.filter(isInVain)) {
      const next = own.find(({ at, op }) => at >= call.at && op === 'status');
      expect(next?.statusAfter, `enabled for a failed revocation: ${call.accountId}`).toBe(
        'INACTIVE',
      );
      seen.closedAgain++;
    }
    for (const [n, write] of own.entries()) {
      const { op, statusBefore, statusAfter, requestId, accountId } = write;
      const isHand = byHand.has(requestId ?? '');
      const isOurs = write.by === 'api' && !isHand;
      if (isHand) seen.byHand++;
      if (op === 'delete') {
        seen.deleted++;
        expect(own.slice(n + 1), `after ${accountId} was deleted`).toEqual([]);
        if (seeded.includes(accountId)) {
          expect(['REVOKED', 'EXPIRED'], 'deleted unrevoked').toContain(statusBefore);
        }
      } else if (statusAfter === 'REVOKED') {
        seen.revoked++;
        const then = own.slice(n + 1).map((next) => next.op);
        expect(then.length === 0 ? ['delete'] : then, 'after REVOKED').toEqual(['delete']);
      } else if (statusAfter === 'INACTIVE') {
        disabledBy = isOurs ? 'us' : 'hand';
        if (isOurs) seen.disabled++;
        if (isHand && ours(write)) disabledBy = 'either';
      } else if (statusBefore === 'INACTIVE' && statusAfter === 'ACTIVE') {
        const isBracket = isOurs && isAsked(write, own[n + 1]);
        if (isOurs && !isBracket) {
          seen.givenBack++;
          expect(disabledBy, `who had disabled ${accountId}`).not.toBe('hand');
        }
        disabledBy = null;
      }
    }
    return disabledBy;

    /** Enabled for a revocation, whatever the answer was. */
    function isAsked({ at }: WriteEntry, next?: WriteEntry): boolean {
      const until = next?.at ?? Infinity;
      return calls.some((call) => call.route === revokeRoute && call.at >= at && call.at <= until);
    }

    /**
     * Another writer came between our reading and our write, or during our write. Nothing shows
     * which of the two disabled the account.
     */
    function ours({ at }: WriteEntry): boolean {
      const own = calls.filter(({ requestId }) => !byHand.has(requestId));
      const isUnderWay = own.some(
        (call) => call.route === statusRoute && call.at <= at && at - call.at < 1_000,
      );
      return isUnderWay || own.find((call) => call.at >= at)?.route === statusRoute;
    }
  }

  async function expectDead(id: string): Promise<void> {
    const { access, refresh } = await stage.sandbox.introspect(id);
    expect([access, refresh], `tokens of ${id}`).not.toContain(true);
  }
}
