import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyEvent } from '../../../src/index.ts';
import { secret } from '../../support/an-event.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const signedWith = secret();

let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const endpoint = { name: 'app', url: receiver.url, secrets: [signedWith], allowPrivate: true };
  stage = await openStage({ environment: { MOORING_EVENT_ENDPOINTS: JSON.stringify([endpoint]) } });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

function eventsOf({ connectionId }: TestUser) {
  return receiver.received
    .map(({ headers, body }) => verifyEvent({ headers, rawBody: body, secrets: signedWith }))
    .filter((event) => event.connectionId === connectionId)
    .map(({ type, connectedAccountId, data }) => ({ type, connectedAccountId, data }));
}

it.each([
  ['active', (user: TestUser, url: string) => user.person.approve(url)],
  ['failed', (user: TestUser, url: string) => user.person.deny(url)],
] as const)('a connect.%s event carries the outcome of its attempt', async (type, finish) => {
  const user = stage.user();
  const { connectionId, redirectUrl } = await user.connect();
  await user.comeBack(await finish(user, redirectUrl));
  const outcome = await stage.mooring.connections.get(connectionId).result();
  const { connectedAccountId } = outcome;
  const event = {
    type: `connect.${type}`,
    connectedAccountId,
    data: expect.objectContaining({ userId: user.id, outcome }) as unknown,
  };
  await expect.poll(() => eventsOf(user), { timeout: 10_000 }).toEqual([event]);
});
