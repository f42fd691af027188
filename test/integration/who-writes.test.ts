import { afterAll, beforeAll, it, vi } from 'vitest';
import { accountWorkflowId } from '../../src/domain/ids.ts';
import { holdByNobody } from '../support/account-holders.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { type Behavior, writersTable } from '../support/writers-table.ts';

const soon = { timeout: 30_000, interval: 200 };
/** The attempt makes no reads of its own. */
const timings = { looks: 0, slackMs: 1_000 };
const accessTimings = {
  graceMs: 1_000,
  endAgainMs: 1_000,
  endAgainMaxMs: 2_000,
  linkLifeMs: 1_000,
};
const by = { actor: 'ops', reason: 'asked' };

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
  await stage.sandbox.settings({ refreshReading: 'renewOrRestart' });
});
afterAll(async () => stage.close());

interface Holder {
  letGo: () => Promise<unknown>;
}

/** An account, an action of the writer on it, and the fields that the writer changes. */
interface Story {
  id: string;
  act: () => Promise<unknown>;
  /** Default: a run that no worker takes. If a caller waits for the run, a worker has to answer. */
  hold?: () => Promise<Holder>;
  written: { status?: string; alias?: string; deleted?: boolean };
}

async function seeded(user: TestUser, status: 'ACTIVE' | 'EXPIRED' | 'INITIATED') {
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status, person: 'ada' } as const;
  const grant = status === 'EXPIRED' ? ({ grant: 'alive' } as const) : {};
  return (await stage.sandbox.seedAccount({ ...row, ...grant })).id;
}

async function inPhase({ id }: TestUser, phase: string): Promise<void> {
  const read = async () => (await stage.mooring.access(id).view())?.phase ?? 'open';
  await vi.waitUntil(async () => (await read()) === phase, soon);
}

async function lapse(user: TestUser): Promise<void> {
  await stage.mooring.access(user.id).lapse({ timings: accessTimings });
  await inPhase(user, 'lapsed');
}

async function cancel({ connectionId }: { connectionId: string }): Promise<void> {
  await stage.mooring.connections.get(connectionId).cancel();
  await stage.mooring.connections.get(connectionId).result({ timeoutMs: 40_000 });
}

/** One for each row of the table, by the first writer in it. */
const stories: Record<string, (user: TestUser) => Promise<Story>> = {
  async openAttempt(user) {
    const route = 'POST /connected_accounts/link';
    await stage.sandbox.fault({ route, userId: user.id, fault: { kind: 'applyThenDrop' } });
    const connected = user.connect({ timings });
    await vi.waitUntil(async () => (await user.left()).length === 1, soon);
    const [[id] = ['']] = await user.left();
    return { id, act: () => connected, written: { deleted: true } };
  },
  async removeAccount(user) {
    const answer = await user.connect({ timings });
    const act = () => cancel(answer);
    return { id: answer.connectedAccountId, act, written: { deleted: true } };
  },
  async setAccountAlias(user) {
    const answer = await user.connect({ timings, alias: 'work' });
    const callback = await user.person.approve(answer.redirectUrl);
    const act = async () => {
      await user.comeBack(callback);
      await stage.mooring.connections.get(answer.connectionId).result({ timeoutMs: 40_000 });
    };
    return { id: answer.connectedAccountId, act, written: { alias: 'work' } };
  },
  async waitForAccountRelease(user) {
    const answer = await user.connect({ timings });
    await user.person.approve(answer.redirectUrl);
    const act = () => cancel(answer);
    return { id: answer.connectedAccountId, act, written: { deleted: true } };
  },
  async disableIfBlocked(user) {
    const id = await seeded(user, 'INITIATED');
    const method = { existing: { connectedAccountId: id } };
    const { connectionId } = await user.ask({ method, timings: { lookFirstMs: 1_000, looks: 60 } });
    await lapse(user);
    const act = async () => {
      await stage.sandbox.setStatus(id, 'ACTIVE');
      await stage.mooring.connections.get(connectionId).result({ timeoutMs: 40_000 });
    };
    return { id, act, written: { status: 'INACTIVE' } };
  },
  async refreshAccount(user) {
    const id = await seeded(user, 'EXPIRED');
    const act = () => stage.mooring.accounts.refresh({ userId: user.id, connectedAccountId: id });
    return { id, act, written: { status: 'ACTIVE' } };
  },
  async changeAccount(user) {
    const id = await seeded(user, 'ACTIVE');
    const named = { userId: user.id, connectedAccountId: id };
    const act = () => stage.mooring.accounts.updateAlias({ ...named, alias: 'work' });
    return { id, act, hold: () => holdByEnd(user, id), written: { alias: 'work' } };
  },
  async prepareDisconnect(user) {
    const id = await seeded(user, 'ACTIVE');
    const named = { userId: user.id, connectedAccountId: id };
    const act = () => stage.mooring.accounts.disconnect({ ...named, keepRecord: true });
    return { id, act, hold: () => holdByEnd(user, id), written: { status: 'REVOKED' } };
  },
  async healSweepBatch(user) {
    const id = await seeded(user, 'EXPIRED');
    const sweep = { name: `sweep-of-${user.id}`, filter: { userIds: [user.id] } };
    const act = async () => (await stage.mooring.sweeps.start(sweep)).result();
    return { id, act, written: { status: 'ACTIVE' } };
  },
  async pauseAccounts(user) {
    const id = await seeded(user, 'ACTIVE');
    return { id, act: () => lapse(user), written: { status: 'INACTIVE' } };
  },
  async restoreAccounts(user) {
    const id = await seeded(user, 'ACTIVE');
    await lapse(user);
    await vi.waitUntil(async () => (await user.left())[0]?.[1] === 'INACTIVE', soon);
    const act = () => stage.mooring.access(user.id).renew();
    return { id, act, written: { status: 'ACTIVE' } };
  },
  async revokeAndDeleteAccounts(user) {
    const id = await seeded(user, 'ACTIVE');
    const order = { coolingOffMs: 0, timings: accessTimings, ...by };
    return {
      id,
      act: () => stage.mooring.access(user.id).offboard(order),
      written: { deleted: true },
    };
  },
};

/** A disconnect in its undo window. */
async function holdByEnd({ id: userId }: TestUser, connectedAccountId: string): Promise<Holder> {
  const named = { userId, connectedAccountId };
  await stage.mooring.accounts.disconnect({ ...named, undoWindowMs: 120_000 });
  return { letGo: () => stage.mooring.accounts.keep(named) };
}

/** A run that no worker takes. Resolves once visibility knows it too. */
async function holdUntilVisible(id: string): Promise<Holder> {
  const holder = await holdByNobody(stage, id, 'accountCommand');
  const query = `WorkflowId = "${accountWorkflowId(id)}" AND ExecutionStatus = "Running"`;
  await vi.waitUntil(async () => (await stage.temporal.workflow.count(query)).count === 1, soon);
  return holder;
}

async function isRefused(act: () => Promise<unknown>): Promise<boolean> {
  try {
    return ((await act()) as { outcome?: string } | null)?.outcome === 'busy';
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_ACCOUNT_BUSY') return true;
    throw error;
  }
}

/**
 * The behavior of the writer while another run holds the account, as it is visible from outside.
 */
async function behaviorOf(
  user: TestUser,
  { id, act, hold = () => holdUntilVisible(id), written }: Story,
): Promise<Behavior> {
  const isWritten = async () => {
    const rows = await stage.sandbox.accounts({ userId: user.id });
    const row: Record<string, unknown> = { ...rows.find((each) => each.id === id) };
    return Object.entries(written).every(([field, value]) => row[field] === value);
  };
  const within = (timeout: number) =>
    vi.waitUntil(isWritten, { timeout, interval: 200 }).then(
      () => true,
      () => false,
    );
  const holder = await hold();
  try {
    if (await isRefused(act)) return 'is refused';
    if (await within(8_000)) return 'goes ahead';
  } finally {
    await holder.letGo();
  }
  return (await within(30_000)) ? 'waits' : 'leaves it';
}

const rows = writersTable().map(({ writers: [writer = ''], behavior }) => ({ writer, behavior }));

it.concurrent.for(rows)('$writer $behavior', async ({ writer, behavior }, { expect }) => {
  const user = stage.user();
  const story = await stories[writer]?.(user);
  if (story === undefined) throw new Error(`the row of ${writer} has no story`);
  expect(await behaviorOf(user, story)).toBe(behavior);
});
