import { setTimeout as sleep } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccessTimings } from '../../src/index.ts';
import { parseKeyRing } from '../../src/crypto/key-ring.ts';
import { dataConverter } from '../../src/temporal/data-converter.ts';
import { decodedEvents } from '../support/grep.ts';
import { historyKey } from '../support/history-key.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { accesses, accessToldBy } from './ends.ts';
import { save } from './save.ts';

/** Records one real history for each branch of userAccess: `npm run record:histories`. */
const timings: Partial<AccessTimings> = {
  graceMs: 1_000,
  coolingOffMs: 1_000,
  lookFirstMs: 1_000,
  lookMs: 1_000,
  askMs: 1_000,
  askAgainMs: 1_000,
  endAgainMs: 1_000,
  linkLifeMs: 1_000,
};
const by = { actor: 'ops', reason: 'recorded' };

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage({ environment: { MOORING_ENCRYPTION_KEYS: historyKey } });
});
afterAll(async () => stage.close());

const soon = { timeout: 20_000, interval: 100 };

async function seed({ id: userId, authConfigId }: TestUser): Promise<void> {
  for (const status of ['ACTIVE', 'INACTIVE', 'EXPIRED'] as const) {
    await stage.sandbox.seedAccount({ userId, authConfigId, status, alias: status.toLowerCase() });
  }
}

function comesTo({ id }: TestUser, phase: string) {
  const look = async () => (await stage.mooring.access(id).view())?.phase ?? 'open';
  return expect.poll(look, soon).toBe(phase);
}

/** One branch: the requests for a new user. Each branch ends with the user's access open again. */
const branches: Record<string, (user: TestUser) => Promise<unknown>> = {
  'never-lapsed': ({ id: userId }) => stage.mooring.access(userId).renew(),
  async 'paid-in-grace'({ id: userId }) {
    await stage.mooring.access(userId).lapse({ graceMs: 60_000 });
    await stage.mooring.access(userId).renew();
  },
  async 'lapsed-and-renewed'(user) {
    await stage.mooring.access(user.id).lapse({ timings });
    await comesTo(user, 'lapsed');
    // The accounts were listed again in between.
    await sleep(2_500);
    await stage.mooring.access(user.id).renew();
  },
  async 'disabled-by-its-caller'(user) {
    const { id: userId } = user;
    const [connectedAccountId = ''] = (await user.left()).find(([, is]) => is === 'ACTIVE') ?? [];
    await stage.mooring.access(userId).lapse({ timings });
    await comesTo(user, 'lapsed');
    await stage.mooring.accounts.disable({ userId, connectedAccountId });
    await stage.mooring.access(userId).renew();
  },
  async 'hook-silent'(user) {
    const occurredAt = new Date().toISOString();
    const event = { id: 'evt_1', type: 'subscription.lapsed', userId: user.id, occurredAt } as const;
    await stage.mooring.access(event.userId).note(event, { timings });
    await sleep(4_000);
    await stage.mooring.access(user.id).renew();
  },
  async canceled(user) {
    const { id: userId } = user;
    await stage.mooring.access(userId).offboard({ coolingOffMs: 60_000, timings, ...by });
    await comesTo(user, 'cooling_off');
    await sleep(1_500);
    await stage.mooring.access(userId).cancelOffboard();
  },
  offboarded: ({ id: userId }) => stage.mooring.access(userId).offboard({ timings, ...by }),
  async 'blocked-and-readmitted'(user) {
    const { id: userId } = user;
    await stage.mooring.access(userId).offboard({ coolingOffMs: 0, block: true, timings, ...by });
    await stage.mooring.access(userId).result();
    await stage.mooring.access(userId).readmit({ ...by });
  },
  'only-tried': ({ id: userId }) =>
    stage.mooring.access(userId).planOffboard({ timings, ...by }),
};

it.each(Object.entries(branches))('records %s', async (branch, tell) => {
  const user = stage.user();
  await seed(user);
  await tell(user);
  const { workflowId } = stage.mooring.access(user.id);
  const handle = stage.temporal.workflow.getHandle(workflowId);
  await handle.result();
  const history = await handle.fetchHistory();
  const { payloadCodecs = [] } = dataConverter({ encryptionKeys: parseKeyRing(historyKey) });
  const lines = await decodedEvents(history.events ?? [], payloadCodecs);
  expect(accessToldBy(lines)).toBe(accesses[branch]);
  save('user-access', branch, historyToJSON(history));
});
