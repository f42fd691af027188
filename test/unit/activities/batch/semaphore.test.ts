import { describe, expect, it } from 'vitest';
import { Semaphore } from '../../../../src/activities/batch/semaphore.ts';

/** Calls that end when the test ends them, in the order in which they started. */
function held() {
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const call = (n: number) => async () => {
    began.push(n);
    await new Promise<void>((end) => ends.push(end));
    return n;
  };
  return { began, end: () => ends.shift()?.(), call };
}

const turn = () => new Promise(setImmediate);

describe('a semaphore', () => {
  it('runs as many calls as it has places, and the next ones in the order of their arrival', async () => {
    const places = new Semaphore(2);
    const { began, end, call } = held();
    const runs = [1, 2, 3, 4].map((n) => places.run(call(n)));
    await turn();
    expect(began).toEqual([1, 2]);
    end();
    await turn();
    expect(began).toEqual([1, 2, 3]);
    for (let left = 3; left > 0; left--) {
      end();
      await turn();
    }
    expect(await Promise.all(runs)).toEqual([1, 2, 3, 4]);
  });

  it('gives the place of a failed call to the next one', async () => {
    const places = new Semaphore(1);
    const failing = places.run(() => Promise.reject(new Error('no')));
    const next = places.run(() => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
    expect(await places.run(() => Promise.resolve('free again'))).toBe('free again');
  });
});
