import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessViewQuery } from '../../../src/protocol/messages.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

/**
 * A starting worker takes a run's query or its task first. All tasks come first only once in a
 * thousand times.
 */
const many = 10;
const graceMs = 10_000;
const soon = { timeout: 30_000, interval: 200 };

type Events = Awaited<ReturnType<TestUser['history']>>;

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => stage.close());

it('a query that a worker takes before the task of a fired timer leaves the run as it was', async () => {
  const users = Array.from({ length: many }, () => stage.user());
  const { mooring, sandbox, temporal } = stage;
  for (const { id: userId, authConfigId } of users) {
    await sandbox.seedAccount({ userId, authConfigId, status: 'ACTIVE' });
  }
  const runOf = ({ id }: TestUser) => temporal.workflow.getHandle(mooring.access(id).workflowId);
  await Promise.all(users.map(({ id: userId }) => mooring.access(userId).lapse({ graceMs })));
  const eventsOf = async (user: TestUser) => (await runOf(user).fetchHistory()).events ?? [];
  const areAll = async (is: (events: Events) => boolean) =>
    (await Promise.all(users.map(eventsOf))).every(is);
  const areWaiting = () => areAll((events) => events.at(-1)?.timerStartedEventAttributes != null);
  await expect.poll(areWaiting, soon).toBe(true);
  await stage.stopWorker();

  const asking = users.map((user) =>
    runOf(user)
      .query(accessViewQuery)
      .catch(() => null),
  );
  const areOver = () => areAll((events) => events.some((event) => event.timerFiredEventAttributes));
  await expect.poll(areOver, soon).toBe(true);
  await stage.startWorker();
  await Promise.all(asking);
  const rows = async () => (await Promise.all(users.map((user) => user.left()))).flat();
  const areDisabled = async () => (await rows()).every(([, status]) => status === 'INACTIVE');
  await expect.poll(areDisabled, soon).toBe(true);

  // Another worker replays each run from its first event.
  await stage.stopWorker();
  await stage.startWorker();
  const phaseOf = async ({ id }: TestUser) => (await mooring.access(id).view())?.phase;
  // A task that the last worker had taken reaches this worker after ten seconds.
  const phases = async () => Promise.all(users.map((user) => phaseOf(user).catch(String)));
  await expect.poll(phases, soon).toEqual(users.map(() => 'lapsed'));
});
