import { describe, expect, it } from 'vitest';
import { resolveTimings, retryDelayMs } from '../../../../src/domain/events/delivery.ts';
import { eventWorkflowId, parseEventWorkflowId } from '../../../../src/domain/ids.ts';

const hour = 3_600_000;

describe('the time between two tries', () => {
  it('doubles from seconds to an hour, and stays there', () => {
    const delays = Array.from({ length: 13 }, (_, index) =>
      retryDelayMs(resolveTimings(), index + 1),
    );
    expect(delays.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(delays.slice(-3)).toEqual([hour, hour, hour]);
  });

  it('has a try soon after most outages: 80 in three days', () => {
    const { roundMs, ...timings } = resolveTimings();
    let tries = 1;
    for (let at = 0; at < roundMs; tries++) at += retryDelayMs({ roundMs, ...timings }, tries);
    expect(tries).toBeGreaterThan(75);
    expect(tries).toBeLessThan(90);
  });
});

describe('given timings', () => {
  it('count if they are numbers, with a minimum of one second', () => {
    expect(resolveTimings({ retryFirstMs: 10, roundMs: 60_000 })).toEqual({
      ...resolveTimings(),
      retryFirstMs: 1_000,
      roundMs: 60_000,
    });
    const odd = { retryFirstMs: '5s', retryMaxMs: NaN, keepMs: null } as never;
    expect(resolveTimings(odd)).toEqual(resolveTimings());
  });
});

describe('the id of a delivery', () => {
  it('contains event and endpoint, and is well below the limit', () => {
    const eventId = '0192aabb-0000-7000-8000-00000000c0de_1';
    const id = eventWorkflowId(eventId, 'a'.repeat(40));
    expect(id.length).toBeLessThan(255);
    expect(parseEventWorkflowId(id)).toEqual({ eventId, endpoint: 'a'.repeat(40) });
    expect(parseEventWorkflowId(eventWorkflowId('run_ca/1~', 'app'))).toEqual({
      eventId: 'run_ca/1~',
      endpoint: 'app',
    });
  });

  it.each(['', 'event/a', 'event/a/b/c', 'connect/a/b', 'event//b', 'event/%/b'])(
    'is none: %j',
    (id) => expect(parseEventWorkflowId(id)).toBeNull(),
  );
});
