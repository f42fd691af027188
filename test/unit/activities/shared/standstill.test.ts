import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { runCalls } from '../../../../src/activities/shared/call.ts';

const heartbeatTimeoutMs = 1_500;

/** As between SIGSTOP and SIGCONT: nothing runs, and then everything that is due runs. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** How many calls an activity makes if `between` runs after its first one. */
async function callsMade(between: () => Promise<void> | void, timeoutMs = heartbeatTimeoutMs) {
  let made = 0;
  const activity = async () =>
    runCalls({ waiting: false }, async (signal) => {
      const call = () => {
        signal.throwIfAborted();
        made++;
      };
      call();
      await between();
      call();
    });
  const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: timeoutMs });
  const error: unknown = await environment.run(activity).catch((thrown: unknown) => thrown);
  return { made, error };
}

it('a try whose process was stopped past its heartbeat timeout makes no further call', async () => {
  const { made, error } = await callsMade(() => standStill(heartbeatTimeoutMs + 100));
  expect(made).toBe(1);
  expect(error).toMatchObject({ type: 'SUPERSEDED', nonRetryable: false });
});

it('also makes no call if a heartbeat was sent in between', async () => {
  const { made, error } = await callsMade(async () => {
    standStill(heartbeatTimeoutMs + 100);
    await sleep(1_100);
  });
  expect(made).toBe(1);
  expect(error).toMatchObject({ type: 'SUPERSEDED' });
});

it('a try that only takes long continues', async () => {
  const { made, error } = await callsMade(() => sleep(heartbeatTimeoutMs + 500));
  expect([made, error]).toEqual([2, undefined]);
});
