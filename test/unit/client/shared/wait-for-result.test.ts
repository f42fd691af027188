import type { Client } from '@temporalio/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { waitForResult } from '../../../../src/client/shared/wait-for-result.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client whose reads get these answers; each that is a number of ms ends at its deadline. */
function reading(...answers: (number | string)[]) {
  const deadlines: number[] = [];
  const connection = {
    async withDeadline<T>(deadline: number, call: () => Promise<T>) {
      deadlines.push(deadline - Date.now());
      return call();
    },
    withAbortSignal: async <T>(_: AbortSignal, call: () => Promise<T>) => call(),
  };
  const read = async () => {
    const answer = answers.shift();
    if (typeof answer !== 'number') return answer;
    vi.advanceTimersByTime(answer);
    const status = { code: 4, details: 'Deadline exceeded', metadata: {} };
    throw Object.assign(new Error('Deadline exceeded'), status);
  };
  return { client: { connection } as unknown as Client, read, deadlines };
}

const { signal } = new AbortController();

it('with a signal reads a minute at a time, as the SDK may not stop when it is aborted', async () => {
  const { client, read, deadlines } = reading(60_000, 60_000, 'done');
  expect(await waitForResult(client, 'w', read, { signal })).toBe('done');
  expect(deadlines).toEqual([60_000, 60_000, 60_000]);
});

it('ends at its own limit, in the middle of a minute too', async () => {
  const { client, read, deadlines } = reading(60_000, 30_000);
  const waiting = waitForResult(client, 'w', read, { signal, timeoutMs: 90_000 });
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_OUTCOME_TIMEOUT' });
  expect(deadlines).toEqual([60_000, 30_000]);
});

it('does not repeat a read that Temporal itself has ended early', async () => {
  const { client, read, deadlines } = reading(5_000, 'done');
  const waiting = waitForResult(client, 'w', read, { signal });
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_TEMPORAL_UNAVAILABLE' });
  expect(deadlines).toEqual([60_000]);
});

it('without a signal reads once, without a limit', async () => {
  const { client, read, deadlines } = reading('done');
  expect(await waitForResult(client, 'w', read, {})).toBe('done');
  expect(deadlines).toEqual([]);
});
