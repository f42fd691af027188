import { setTimeout as sleep } from 'node:timers/promises';
import { keyInput } from '../methods.ts';
import { enteredSecret } from '../secrets.ts';
import { tryStep } from '../person-steps.ts';
import { scriptedStory } from './scripted.ts';

/** The client waits 10 s for a worker, and then the caller repeats the request. */
const refusedAfterMs = 12_000;
const takenWithinMs = 1_000;
/** An order of a user's access waits 15 s for a worker to take its first activity. */
const orderLostAfterMs = 17_000;
/** Each goes to one of two workers. That all go to the same one happens once in two thousand times. */
const orders = 12;
/** Long enough to start a worker in it. */
const longGraceMs = 20_000;
/** Temporal waits one second for the worker that has the run in its memory, and then asks another one. */
const diesBeforeMs = 400;
/** About half of them show it, so that none does happens once in some hundred times. */
const graces = 8;
const betweenGracesMs = 100;
const questionsMs = 5_000;
const questionEveryMs = 250;

/** Findings where a worker or Temporal is away at the wrong moment. */
export const restarts = [
  // A request with credentials is repeated with its id until it has the answer of its own attempt.
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

  // An order with a request id is carried out once a worker is there, however late that is.
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
      // What Temporal hands to it now is taken, and never done.
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

  // A run whose worker dies as its timer fires replays, although somebody asked about it at that moment.
  scriptedStory(
    'A12',
    'replays',
    'read the access of a user whose worker dies as a grace ends',
    async (player) => {
      const { processes, mooring } = player.cast;
      const [holder, other] = [processes.worker(0), processes.worker(1)];
      const users = Array.from({ length: graces }, (_, n) => `${player.userId}-${n}`);
      const ask = () =>
        Promise.all(users.map((userId) => tryStep(() => mooring.access(userId).describe())));
      await other.kill();
      const firstEnds = Date.now() + longGraceMs;
      await Promise.all(
        users.map((userId, n) =>
          player.lapse({ userId, graceMs: longGraceMs + n * betweenGracesMs }),
        ),
      );
      await other.start();
      await sleep(firstEnds - diesBeforeMs - Date.now());
      // Temporal asks a worker that it has not heard of for ten seconds no more.
      await ask();
      await holder.kill();
      // A question that reaches the other worker before the task does leaves the old time in its memory.
      for (const until = Date.now() + questionsMs; Date.now() < until;) {
        await Promise.race([ask(), sleep(questionEveryMs)]);
        await sleep(questionEveryMs);
      }
      await holder.start();
    },
    { isAlone: true },
  ),
];
