import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectUserInput, MooringError } from '../src/client.ts';
import { check, type Finding, type Stage } from './stage.ts';
import { startWorkerProcess } from './worker-process.ts';

/** One story of a user, told by scripted people against everything that runs. */
export interface Scenario {
  name: string;
  /** Told before the others, because it changes a setting that they share. */
  alone?: boolean;
  run(stage: Stage): Promise<Finding>;
}

/** Production looks after 30 s; a demo has no time for that. Nothing is below Temporal's one second. */
const timings = { lookFirstMs: 1_000, lookMaxMs: 1_000, slackMs: 1_000, spacingMs: 1_000 };

export const scenarios: Scenario[] = [
  {
    name: 'approves',
    async run(stage) {
      const { connectionId, redirectUrl } = await connect(stage);
      const callback = await stage.person().approve(redirectUrl);
      const home = await stage.comeBack(callback);
      check(
        home?.searchParams.get('mooring_status') === 'active',
        'the browser came home as active',
      );
      const outcome = await stage.settled(connectionId);
      check((await stage.apiCalls()) === 3, 'three API calls: list, link, get');
      await stage.leavesOnly([outcome.connectedAccountId]);
      const finding = await stage.finding(connectionId, outcome, 'ACTIVE');
      check(finding.historyEvents <= 30, 'at most thirty history events');
      return finding;
    },
  },
  {
    name: 'denies',
    async run(stage) {
      const { connectionId, redirectUrl } = await connect(stage);
      const home = await stage.comeBack(await stage.person().deny(redirectUrl));
      check(
        home?.searchParams.get('mooring_status') === 'failed',
        'the browser came home as failed',
      );
      const outcome = await stage.settled(connectionId);
      await stage.leavesOnly([]);
      return stage.finding(connectionId, outcome, 'FAILED', 'denied');
    },
  },
  {
    name: 'abandons',
    alone: true,
    async run(stage) {
      await stage.sandbox.settings({ linkLifeMs: 2_000 });
      const { connectionId, redirectUrl } = await connect(stage, { timings: { slackMs: 1_000 } });
      await stage.sandbox.settings({ linkLifeMs: 600_000 });
      await stage.person().open(redirectUrl);
      const outcome = await stage.settled(connectionId);
      check((await stage.apiCalls()) <= 9, 'at most nine API calls');
      await stage.leavesOnly([]);
      return stage.finding(connectionId, outcome, 'EXPIRED', 'abandoned');
    },
  },
  {
    name: 'closes-the-tab',
    async run(stage) {
      const { connectionId, redirectUrl } = await connect(stage, { timings });
      await stage.person().approve(redirectUrl); // and the callback is never fetched
      const outcome = await stage.settled(connectionId);
      await stage.leavesOnly([outcome.connectedAccountId]);
      return stage.finding(connectionId, outcome, 'ACTIVE');
    },
  },
  {
    name: 'clicks-twice',
    async run(stage) {
      const [first, second] = await Promise.all([connect(stage), connect(stage)]);
      check(first.redirectUrl === second.redirectUrl, 'both clicks got one link');
      await stage.comeBack(await stage.person().approve(second.redirectUrl));
      const outcome = await stage.settled(first.connectionId);
      await stage.leavesOnly([outcome.connectedAccountId]);
      return stage.finding(first.connectionId, outcome, 'ACTIVE');
    },
  },
  {
    name: 'worker-killed',
    async run(stage) {
      // A task queue of its own, so that the other scenarios keep their worker.
      const own = await stage.onTaskQueue(stage.userId);
      const worker = await startWorkerProcess(own.env);
      const { connectionId, redirectUrl } = await connect(own);
      await worker.kill();
      const callback = await own.person().approve(redirectUrl);
      const replacement = await startWorkerProcess(own.env);
      try {
        const home = await own.comeBack(callback);
        check(home?.searchParams.get('mooring_status') === 'active', 'answered by the new worker');
        const outcome = await own.settled(connectionId);
        await own.leavesOnly([outcome.connectedAccountId]);
        return await own.finding(connectionId, outcome, 'ACTIVE');
      } finally {
        await replacement.stop();
        await own.mooring.close();
      }
    },
  },
  {
    name: 'answer-lost',
    async run(stage) {
      await stage.sandbox.fault({
        route: 'POST /connected_accounts/link',
        userId: stage.userId,
        fault: { kind: 'applyThenDrop' },
      });
      const { connectionId, redirectUrl } = await connect(stage);
      await stage.comeBack(await stage.person().approve(redirectUrl));
      const outcome = await stage.settled(connectionId);
      const links = (await stage.sandbox.writes({ userId: stage.userId })).filter(
        (write) => write.op === 'link',
      );
      check(links.length === 2, 'the lost link was applied, and another was made');
      await stage.leavesOnly([outcome.connectedAccountId]);
      return stage.finding(connectionId, outcome, 'ACTIVE');
    },
  },
  {
    name: 'already-connected',
    async run(stage) {
      const { authConfigId, userId } = stage;
      const { id } = await stage.sandbox.seedAccount({ userId, authConfigId, status: 'ACTIVE' });
      const error: unknown = await connect(stage).then(
        () => null,
        (refusal: unknown) => refusal,
      );
      check(error instanceof MooringError, 'was refused');
      stage.seen.last = { outcome: error.code, reason: null };
      check(error.details.connectedAccountId === id, 'the refusal names the account');
      await stage.leavesOnly([id]);
      const outcome = await stage.settled(stage.connectionId);
      check(outcome.reason === 'refused', 'the run ended as refused');
      return {
        ...(await stage.finding(stage.connectionId, outcome, 'FAILED', 'refused')),
        outcome: error.code,
      };
    },
  },
  {
    name: 'canceled',
    async run(stage) {
      const { connectionId, redirectUrl } = await connect(stage);
      const consent = await stage.person().reachConsent(redirectUrl);
      await stage.mooring.connection(connectionId).cancel();
      const outcome = await stage.settled(connectionId);
      await consent.allow();
      await sleep(500); // whatever the late consent sets off has happened by then
      await stage.leavesOnly([]);
      return stage.finding(connectionId, outcome, 'CANCELED', 'canceled');
    },
  },
];

async function connect(
  stage: Stage,
  input: Partial<ConnectUserInput> = {},
): Promise<{ connectionId: string; redirectUrl: string }> {
  const { userId, authConfigId, returnUrl } = stage;
  const answer = await stage.mooring.connectUser({ userId, authConfigId, returnUrl, ...input });
  check(answer.redirectUrl !== null, 'the backend got a link');
  return { connectionId: answer.connectionId, redirectUrl: answer.redirectUrl };
}
