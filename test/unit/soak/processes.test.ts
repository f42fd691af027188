import { expect, it, vi } from 'vitest';
import { Held } from '../../../soak/held.ts';
import { type Launch, StackProcess } from '../../../soak/processes.ts';

/**
 * A process that lives until it is stopped. Its id belongs to no process, so the test kills nothing
 * real.
 */
function livingProcess(): Awaited<ReturnType<Launch>> {
  return {
    pid: 0,
    isAlive: false,
    lastLines: [],
    exited: new Promise<number | null>(() => undefined),
    stop: async () => undefined,
  };
}

it('fails with its last lines if the process does not start, and does not retry', async () => {
  const launch = vi.fn<Launch>(async (onLine) => {
    onLine('no such port');
    throw new Error('it ended with 1\nbefore it was ready');
  });
  const worker = new StackProcess('worker 0', launch, 50);
  await expect(worker.start()).rejects.toThrow(
    /^worker 0 did not start: no such port \| .*it ended with 1 before it was ready$/,
  );
  await worker.close();
  const tries = launch.mock.calls.length;
  await worker.close();
  expect(launch).toHaveBeenCalledTimes(tries);
  expect(worker.lineCount).toBe(worker.lines.length);
});

it('cannot be started by a fault after its stack was closed', async () => {
  const launch = vi.fn<Launch>(async () => livingProcess());
  const worker = new StackProcess('worker 0', launch);
  await worker.start();
  await worker.kill();
  await worker.start();
  await worker.close();
  await expect(worker.start()).rejects.toThrow('worker 0 cannot start: its stack is closed');
  expect(launch).toHaveBeenCalledTimes(2);
  expect(worker.kills).toBe(1);
});

it('closes at once what a soak opens after its end', async () => {
  const held = new Held();
  const close = () => vi.fn<() => Promise<void>>(async () => undefined);
  const closes = [close(), close()] as const;
  held.add(closes[0]);
  await held.close();
  expect(() => held.add(closes[1])).toThrow('the soak has ended');
  for (const each of closes) expect(each).toHaveBeenCalledOnce();
});
