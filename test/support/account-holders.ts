import { vi } from 'vitest';
import { MooringError } from '../../src/index.ts';
import { accountWorkflowId, retireWorkflowId } from '../../src/domain/ids.ts';
import { quietTimings } from './attempt-endings.ts';
import type { TestStage, TestUser } from './stage.ts';
import { untilSettled } from './until-settled.ts';
import { expiredWebhook, signedWebhook } from './webhook.ts';

const soon = { timeout: 40_000, interval: 200 };
/** Longer than an attempt needs to end, and shorter than a call may take. */
const heldMs = 8_000;
const readRoute = 'GET /connected_accounts/:id';
const statusRoute = 'PATCH /connected_accounts/:id/status';
const returnUrl = 'http://app.localhost:4321/done';
const shortAccess = { graceMs: 1_000, endAgainMs: 1_000, endAgainMaxMs: 2_000, linkLifeMs: 1_000 };

export interface HeldAccount {
  user: TestUser;
  connectedAccountId: string;
}

type Act = (stage: TestStage, account: HeldAccount) => Promise<unknown>;

interface Holder {
  /** The workflow type of the run. */
  workflow: string;
  /** The run acts only on an account whose grant has died. */
  needsDeadGrant?: true;
  /**
   * Resolves when the run works on the account. The returned function lets the run finish, and
   * waits for that.
   */
  hold: (stage: TestStage, account: HeldAccount) => Promise<() => Promise<unknown>>;
}

const named = ({ user, connectedAccountId }: HeldAccount) => ({
  userId: user.id,
  connectedAccountId,
});

/** A run (or a batch of a run) that waits for the answer to its next call of this route. */
function inCall(act: Act, route = readRoute): Holder['hold'] {
  return async (stage, account) => {
    const userId = account.user.id;
    await stage.sandbox.fault({ route, userId, fault: { kind: 'delay', beforeMs: heldMs } });
    let failure: Error | null = null;
    const done = act(stage, account).catch((error: Error) => {
      failure = error;
      return null;
    });
    await vi.waitUntil(async () => {
      if (failure !== null) throw failure;
      const calls = await stage.sandbox.pendingCalls();
      return calls.some((call) => call.route === route && call.userId === userId);
    }, soon);
    return () => done;
  };
}

/** At least one run of every kind that holds an account or writes to one. */
export const accountHolders = {
  'a refresh': {
    workflow: 'refreshConnection',
    hold: inCall((stage, account) => stage.mooring.accounts.refresh(named(account))),
  },
  'a refresh with an open link': {
    workflow: 'refreshConnection',
    needsDeadGrant: true,
    hold: inCall((stage, account) =>
      stage.mooring.accounts.refresh({ ...named(account), returnUrl }),
    ),
  },
  'a webhook': {
    workflow: 'refreshConnection',
    hold: inCall((stage, { user, connectedAccountId }) => {
      const body = JSON.stringify(expiredWebhook({ id: connectedAccountId, user_id: user.id }));
      return fetch(`${stage.gatewayUrl}/webhooks/composio`, signedWebhook(body));
    }),
  },
  'an enable': {
    workflow: 'accountCommand',
    hold: inCall((stage, account) => stage.mooring.accounts.enable(named(account))),
  },
  'a disable': {
    workflow: 'accountCommand',
    hold: inCall((stage, account) => stage.mooring.accounts.disable(named(account))),
  },
  'a new alias': {
    workflow: 'accountCommand',
    hold: inCall((stage, account) =>
      stage.mooring.accounts.updateAlias({ ...named(account), alias: 'other' }),
    ),
  },
  'a sweep': {
    workflow: 'bulkRefresh',
    needsDeadGrant: true,
    hold: inCall(async (stage, { user }) => {
      const sweep = { name: `sweep-of-${user.id}`, filter: { userIds: [user.id] } };
      return (await stage.mooring.sweeps.start(sweep)).result();
    }),
  },
  'a disconnect': {
    workflow: 'revokeThenDelete',
    async hold(stage, account) {
      const run = await stage.mooring.accounts.disconnect({
        ...named(account),
        undoWindowMs: heldMs,
      });
      return () => run.result();
    },
  },
  'a run that waits to disconnect it': {
    workflow: 'retireAccount',
    async hold(stage, account) {
      const { connectedAccountId } = account;
      const command = await holdByNobody(stage, connectedAccountId, 'accountCommand');
      await replace(stage, account, { finishMs: 1_000 });
      const retiring = stage.temporal.workflow.getHandle(retireWorkflowId(connectedAccountId));
      await retiring.describe();
      return async () => {
        await command.letGo();
        return retiring.result();
      };
    },
  },
  'another attempt': {
    workflow: 'connectUser',
    hold: inCall((stage, account) => replace(stage, account)),
  },
  'a lapse': {
    workflow: 'userAccess',
    hold: inCall(lapse, statusRoute),
  },
  'a renewal': {
    workflow: 'userAccess',
    async hold(stage, account) {
      await lapse(stage, account);
      await vi.waitUntil(async () => (await statusOf(stage, account)) === 'INACTIVE', soon);
      const userId = account.user.id;
      return inCall(() => stage.mooring.access(userId).renew(), statusRoute)(stage, account);
    },
  },
  'an offboarding': {
    workflow: 'userAccess',
    hold: inCall((stage, { user }) => offboard(stage, user.id)),
  },
} satisfies Record<string, Holder>;

export type HolderName = keyof typeof accountHolders;

/** Makes a run of this kind start work on the account. */
export async function holdBy(stage: TestStage, name: HolderName, account: HeldAccount) {
  const holder: Holder = accountHolders[name];
  if (holder.needsDeadGrant) await stage.sandbox.setStatus(account.connectedAccountId, 'EXPIRED');
  return holder.hold(stage, account);
}

/** A run of this type that holds the account and does nothing until the test ends it. */
export async function holdByNobody(stage: TestStage, connectedAccountId: string, type: string) {
  const handle = await stage.temporal.workflow.start(type, {
    // No worker takes this run: the test needs only an open run.
    taskQueue: `${stage.taskQueue}-nobody`,
    workflowId: accountWorkflowId(connectedAccountId),
  });
  return { letGo: async () => handle.terminate('done') };
}

/** Offboards the user and returns the receipt. */
export async function offboard(stage: TestStage, userId: string) {
  const by = { actor: 'ops', reason: 'asked' };
  const order = { coolingOffMs: 0, timings: shortAccess, requestId: 'offboard', ...by };
  await untilSettled(() => stage.mooring.access(userId).offboard(order));
  return untilSettled(() => stage.mooring.access(userId).result());
}

/** An attempt of another connection of the user, which replaces the account. */
async function replace(stage: TestStage, account: HeldAccount, timings = {}) {
  const { user, connectedAccountId } = account;
  const replaces = connectedAccountId;
  const input = { alias: 'other', replaces, timings: { ...quietTimings, ...timings } };
  const answer = await untilSettled(() => user.connect(input));
  if (answer instanceof MooringError) throw answer;
  await user.comeBack(await user.person.approve(answer.redirectUrl));
  return stage.mooring.connections.get(answer.connectionId).result({ timeoutMs: 40_000 });
}

async function lapse(stage: TestStage, { user }: HeldAccount): Promise<unknown> {
  const order = { timings: shortAccess, requestId: 'lapse' };
  return untilSettled(() => stage.mooring.access(user.id).lapse(order));
}

async function statusOf(stage: TestStage, { user, connectedAccountId }: HeldAccount) {
  const rows = await stage.sandbox.accounts({ userId: user.id });
  return rows.find(({ id }) => id === connectedAccountId)?.status;
}
