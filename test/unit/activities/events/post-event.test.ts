import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventActivities } from '../../../../src/activities/index.ts';
import { eventWorkflowId } from '../../../../src/domain/ids.ts';
import { event, secret } from '../../../support/an-event.ts';
import { type Receiver, startReceiver, status } from '../../../support/receiver.ts';

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => receiver.stop());

/** One try, and the failure it ended with. */
async function failure(attempt: number, input: object = { event, endpoint: 'app' }) {
  const workflowId = eventWorkflowId(event.id, 'app');
  const environment = new MockActivityEnvironment(
    { attempt, workflowExecution: { workflowId, runId: 'run' } },
    { logger: new DefaultLogger('ERROR') },
  );
  const app = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  const { postEvent } = createEventActivities({ endpoints: [app] });
  const thrown: unknown = await environment.run(postEvent, input).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ApplicationFailure);
  return thrown as ApplicationFailure;
}

it('sends the event unchanged in each try', async () => {
  receiver.reply(status(500), status(500));
  const before = receiver.received.length;
  await failure(1);
  await failure(2);
  const bodies = receiver.received.slice(before).map(({ body }) => JSON.parse(body) as unknown);
  expect(bodies).toEqual([event, event]);
});

describe('a delivery that the endpoint refuses', () => {
  it.each([
    ['an hour at most', { 'retry-after': '86400' }, 1, 3_600_000],
    ['as long as the endpoint asks for', { 'retry-after': '120' }, 3, 120_000],
    ['not less than its own backoff', { 'retry-after': '1' }, 3, 20_000],
    ['its own backoff if the endpoint asks for none', {}, 4, 40_000],
    ['its own backoff if the endpoint asks for nonsense', { 'retry-after': 'soon' }, 1, 5_000],
  ])('is retried after %s', async (_, headers, attempt, ms) => {
    receiver.reply(status(429, headers));
    const { nextRetryDelay, nonRetryable, message } = await failure(attempt);
    expect({ nextRetryDelay, nonRetryable, message }).toEqual({
      nextRetryDelay: ms,
      nonRetryable: false,
      message: 'the endpoint answered 429',
    });
  });

  it.each([300, 302, 308, 400, 401, 404, 500, 502])('with a %d is retried', async (code) => {
    receiver.reply(status(code));
    expect(await failure(1)).toMatchObject({ nonRetryable: false, details: [{ attempts: 1 }] });
  });

  it('with a 410 is not retried', async () => {
    receiver.reply(status(410));
    expect(await failure(7)).toMatchObject({
      type: 'ENDPOINT_GONE',
      nonRetryable: true,
      details: [{ attempts: 7 }],
    });
  });
});

describe('an event', () => {
  it('for an endpoint that this worker does not know is retried: a deploy may be under way', async () => {
    const other = { name: 'other', url: receiver.url, secrets: [secret()] };
    const { postEvent } = createEventActivities({ endpoints: [other] });
    const workflowId = eventWorkflowId(event.id, 'app');
    const environment = new MockActivityEnvironment({
      workflowExecution: { workflowId, runId: 'r' },
    });
    await expect(environment.run(postEvent, { event, endpoint: 'app' })).rejects.toMatchObject({
      nonRetryable: false,
      message: 'no endpoint app is configured on this worker',
    });
  });

  it.each([
    {},
    { event },
    { event: { ...event, id: '' }, endpoint: 'app' },
    { event, endpoint: 'b' },
  ])('that is invalid, or is for another endpoint, is never sent: %j', async (input) => {
    const before = receiver.received.length;
    expect(await failure(1, input)).toMatchObject({
      type: 'ERR_INVALID_INPUT',
      nonRetryable: true,
    });
    expect(receiver.received).toHaveLength(before);
  });
});
