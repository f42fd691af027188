import { setTimeout as sleep } from 'node:timers/promises';
import { keyInput } from '../methods.ts';
import { enteredSecret } from '../secrets.ts';
import { tryStep } from '../person-steps.ts';
import { scriptedStory } from './scripted.ts';

/** The client waits 10 s for a worker, and then the caller repeats the request. */
const refusedAfterMs = 12_000;
const takenWithinMs = 1_000;
/** An access request waits 15 s for a worker to take its first activity. */
const orderLostAfterMs = 17_000;
/**
 * Each task goes to one of two workers. All tasks go to the same one only once in two thousand
 * times.
 */
const orders = 12;
/** Long enough to start a worker in it. */
const longGraceMs = 20_000;
/**
 * Temporal waits one second for the worker that has the run in its cache, and then asks another
 * one.
 */
const diesBeforeMs = 400;
/** About half of the runs show it, so none of them does only once in some hundred times. */
const graces = 8;
const betweenGracesMs = 100;
const questionsMs = 5_000;
const questionEveryMs = 250;

/** Findings with a worker or Temporal down at the wrong moment. */
export const restarts = [
  // A caller repeats a request with credentials, with its id, until it gets the answer of its own
  // attempt.
  scriptedStory(
    'A3',
    'refusals',
    'connect by key while Temporal restarts',
    async (player) => {
      const { processes } = player.cast;
      const workers = [processes.worker(0), processes.worker(1)];
      await Promise.all(workers.map((one) => one.kill()));
      const connecting = player.connect(keyInput(enteredSecret(player.cast.random)));
      await sleep(refusedAfterMs);
      await processes.temporal.kill();
      await processes.temporal.start();
      await Promise.all(workers.map((one) => one.start()));
      await player.outcome(await connecting);
    },
    { isAlone: true },
  ),

  // An access request with a request id is applied once a worker is there, however late that is.
  scriptedStory(
    'A4',
    'refusals',
    'lapse while no worker takes the first activity',
    async (player) => {
      const { processes } = player.cast;
      const [living, stopped] = [processes.worker(0), processes.worker(1)];
      await stopped.kill();
      // From now on the first worker has this run in its cache, and takes its workflow tasks.
      await player.lapse({ graceMs: 80_000 });
      await stopped.start();
      await sleep(takenWithinMs);
      // This worker takes tasks that Temporal sends to it now, and never completes them.
      stopped.stop();
      const asked = Array.from({ length: orders }, () => player.lapse({ graceMs: 80_000 }));
      await sleep(takenWithinMs);
      await Promise.all([living.kill(), stopped.kill()]);
      await sleep(orderLostAfterMs);
      await Promise.all([living.start(), stopped.start()]);
      await Promise.all(asked);
      await player.renew();
    },
    { isAlone: true },
  ),

  // A run whose worker dies as its timer fires replays, even if a query came at that moment.
  scriptedStory(
    'A12',
    'replays',
    'read the access of a user whose worker dies as a grace ends',
    async (player) => {
      const { processes, mooring } = player.cast;
      const [holder, other] = [processes.worker(0), processes.worker(1)];
      const users = Array.from({ length: graces }, (_, n) => `${player.userId}-${n}`);
      const ask = () =>
        Promise.all(users.map((userId) => tryStep(() => mooring.access(userId).view())));
      await other.kill();
      const firstEnds = Date.now() + longGraceMs;
      await Promise.all(
        users.map((userId, n) =>
          player.lapse({ userId, graceMs: longGraceMs + n * betweenGracesMs }),
        ),
      );
      await other.start();
      await sleep(firstEnds - diesBeforeMs - Date.now());
      // Temporal sends nothing to a worker whose last poll is ten seconds old.
      await ask();
      await holder.kill();
      // A query that reaches the other worker before the task does leaves the old time in its
      // cache.
      for (const until = Date.now() + questionsMs; Date.now() < until;) {
        await Promise.race([ask(), sleep(questionEveryMs)]);
        await sleep(questionEveryMs);
      }
      await holder.start();
    },
    { isAlone: true },
  ),
];
