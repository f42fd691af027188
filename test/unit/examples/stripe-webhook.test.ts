import { serve } from '@hono/node-server';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { AddressInfo } from 'node:net';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStripeWebhook } from '../../../examples/stripe-webhook/app.ts';
import { createEntitlementActivities } from '../../../src/activities/access/entitlement.ts';
import type { BillingDependencies } from '../../../src/gateway/webhooks/billing.ts';
import { type RunningGateway, startGateway } from '../../../src/gateway/server.ts';
import { secret } from '../../support/an-event.ts';
import {
  type FakeSubscription,
  invoiceObject,
  startFakeStripe,
  stripeEvent,
  subscriptionObject,
} from '../../support/stripe.ts';
import { away, gateway } from '../gateway/support.ts';

const endpointSecret = 'whsec_of-the-endpoint-at-stripe';
const billingSecret = secret();
const entitlementSecret = secret();
const noteSubscription = vi.fn<BillingDependencies['noteSubscription']>();
/** The table of the backend. */
const table = new Map<string, string>();

let fake: Awaited<ReturnType<typeof startFakeStripe>>;
let mooring: RunningGateway;
let stripe: Stripe;
let app: ReturnType<typeof createStripeWebhook>;
let server: ReturnType<typeof serve>;

beforeAll(async () => {
  fake = await startFakeStripe();
  const billing = { noteSubscription, secrets: [billingSecret] };
  mooring = await startGateway({
    ...gateway({ billing }).dependencies,
    host: '127.0.0.1',
    port: 0,
  });
  stripe = new Stripe('sk_test_1', {
    host: '127.0.0.1',
    port: fake.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
  app = createStripeWebhook({
    stripe,
    endpointSecret,
    billing: { url: mooring.url, secret: billingSecret },
    entitlementSecrets: [entitlementSecret],
    customerOf: async (userId) => table.get(userId) ?? null,
  });
  server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await mooring.stop();
  await fake.stop();
});

const periodEnd = 1_796_000_000;
const inWords = new Date(periodEnd * 1_000).toISOString();

beforeEach(() => {
  noteSubscription.mockReset().mockResolvedValue();
  table.clear();
  fake.customers.clear();
  fake.subscriptions.splice(0);
  fake.asked.splice(0);
  fake.setAway(false);
  fake.setPageSize(100);
});

/** Ada is customer `cus_ada`, whose subscription has this status at Stripe now. */
function ada(status: FakeSubscription['status'], more: Partial<FakeSubscription> = {}) {
  const subscription = { id: 'sub_1', customer: 'cus_ada', status, periodEnd, ...more };
  fake.customers.set('cus_ada', { metadata: { mooring_user_id: 'ada' } });
  table.set('ada', 'cus_ada');
  fake.subscriptions.push(subscription);
  return subscription;
}

/** As Stripe sends it. */
async function post(event: object, { key = endpointSecret, timestamp = Date.now() / 1_000 } = {}) {
  const payload = JSON.stringify(event);
  const header = stripe.webhooks.generateTestHeaderString({
    payload,
    secret: key,
    timestamp: Math.floor(timestamp),
  });
  const headers = { 'content-type': 'application/json', 'stripe-signature': header };
  return (await app.request('/stripe', { method: 'POST', headers, body: payload })).status;
}

const told = () => noteSubscription.mock.calls.map(([{ type, userId }]) => [type, userId]);

describe('an event of Stripe', () => {
  it.each([
    ['customer.subscription.deleted', 'canceled', 'subscription.lapsed'],
    ['customer.subscription.updated', 'past_due', 'subscription.lapsed'],
    ['customer.subscription.updated', 'unpaid', 'subscription.lapsed'],
    ['customer.subscription.updated', 'paused', 'subscription.lapsed'],
    ['customer.subscription.updated', 'active', 'subscription.renewed'],
    ['customer.subscription.updated', 'trialing', 'subscription.renewed'],
  ] as const)('%s, %s, makes the example send Mooring %s', async (type, status, said) => {
    const began = new Date().toISOString();
    const subscription = ada(status);
    expect(await post(stripeEvent(type, subscriptionObject(subscription)))).toBe(204);
    expect(told()).toEqual([[said, 'ada']]);
    const [event] = noteSubscription.mock.calls[0] ?? [];
    expect(event?.id).toBe(`evt_1.${said}`);
    expect((event?.occurredAt ?? '') >= began).toBe(true);
  });

  it('invoice.paid makes the example send Mooring a renewal', async () => {
    expect(await post(stripeEvent('invoice.paid', invoiceObject(ada('active'))))).toBe(204);
    expect(told()).toEqual([['subscription.renewed', 'ada']]);
  });

  it('is a hint: the example uses what Stripe returns now, not the content of the event', async () => {
    const subscription = ada('active');
    const then = subscriptionObject({ ...subscription, status: 'unpaid' });
    expect(await post(stripeEvent('customer.subscription.updated', then))).toBe(204);
    expect(told()).toEqual([['subscription.renewed', 'ada']]);
  });

  it('about one of several subscriptions does not lapse a user who has another, on any page', async () => {
    fake.setPageSize(1);
    const ended = ada('unpaid');
    ada('active', { id: 'sub_2' });
    const event = stripeEvent('customer.subscription.updated', subscriptionObject(ended));
    expect(await post(event)).toBe(204);
    expect(told()).toEqual([['subscription.renewed', 'ada']]);
  });

  it('finds its user by the customer’s metadata, and by no field of its own', async () => {
    const claimed = { ...ada('unpaid'), metadata: { mooring_user_id: 'eve' } };
    const object = { ...subscriptionObject(claimed), client_reference_id: 'eve' };
    expect(await post(stripeEvent('customer.subscription.updated', object))).toBe(204);
    expect(told()).toEqual([['subscription.lapsed', 'ada']]);
  });

  it.each([
    ['a customer without a user', { metadata: {} }],
    [
      'a subscription of a deleted customer',
      { metadata: { mooring_user_id: 'ada' }, deleted: true as const },
    ],
  ])('about %s is acknowledged, and changes nothing', async (_, customer) => {
    const subscription = ada('canceled');
    fake.customers.set('cus_ada', customer);
    const event = stripeEvent('customer.subscription.deleted', subscriptionObject(subscription));
    expect(await post(event)).toBe(204);
    expect(told()).toEqual([]);
  });

  it('lapses a deleted customer that Stripe no longer knows', async () => {
    ada('canceled');
    const metadata = { mooring_user_id: 'ada' };
    fake.customers.set('cus_ada', { metadata, deleted: true });
    const event = stripeEvent('customer.deleted', { id: 'cus_ada', object: 'customer', metadata });
    expect(await post(event)).toBe(204);
    expect(told()).toEqual([['subscription.lapsed', 'ada']]);
  });

  it.each(['customer.created', 'charge.refunded', 'checkout.session.completed'])(
    'of type %s is acknowledged without a call to Stripe',
    async (type) => {
      expect(await post(stripeEvent(type, subscriptionObject(ada('active'))))).toBe(204);
      expect([told(), fake.asked]).toEqual([[], []]);
    },
  );

  it.each([
    ['of another secret', { key: 'whsec_of-somebody-else' }],
    ['of six minutes ago', { timestamp: Date.now() / 1_000 - 360 }],
  ])('with a signature %s is refused before any call to Stripe', async (_, signing) => {
    const event = stripeEvent('customer.subscription.updated', subscriptionObject(ada('unpaid')));
    expect(await post(event, signing)).toBe(400);
    expect([told(), fake.asked]).toEqual([[], []]);
  });

  it('without a signature is refused', async () => {
    const body = JSON.stringify(stripeEvent('invoice.paid', invoiceObject(ada('active'))));
    expect((await app.request('/stripe', { method: 'POST', body })).status).toBe(400);
    expect(told()).toEqual([]);
  });

  it('of ten megabytes is refused', async () => {
    const body = 'x'.repeat(10_485_760);
    expect((await app.request('/stripe', { method: 'POST', body })).status).toBe(413);
  });

  it('is sent again while Mooring or Stripe is down, and has the same id then', async () => {
    const event = stripeEvent('customer.subscription.updated', subscriptionObject(ada('unpaid')));
    noteSubscription.mockRejectedValueOnce(away);
    expect(await post(event)).toBe(503);
    fake.setAway(true);
    expect(await post(event)).toBe(503);
    fake.setAway(false);
    expect(await post(event)).toBe(204);
    const ids = noteSubscription.mock.calls.map(([{ id }]) => id);
    expect(ids).toEqual(['evt_1.subscription.lapsed', 'evt_1.subscription.lapsed']);
  });
});

describe('Mooring’s entitlement request', () => {
  async function ask(userId: string, key = entitlementSecret) {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/entitlement`;
    const entitlement = { url, secrets: [key], allowPrivate: true };
    const { checkEntitlement } = createEntitlementActivities({ entitlement });
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    return environment.run(checkEntitlement, { userId });
  }

  it.each([
    ['active', { entitled: true, periodEnd: inWords }],
    ['trialing', { entitled: true, periodEnd: inWords }],
    ['past_due', { entitled: false, periodEnd: null }],
    ['unpaid', { entitled: false, periodEnd: null }],
    ['canceled', { entitled: false, periodEnd: null }],
    ['incomplete', { entitled: false, periodEnd: null }],
  ] as const)(
    'about a user whose subscription is %s is answered with Stripe’s data',
    async (status, answer) => {
      ada(status);
      expect(await ask('ada')).toEqual(answer);
    },
  );

  it('about several subscriptions gets the latest end of the valid ones', async () => {
    ada('active');
    ada('active', { id: 'sub_2', periodEnd: periodEnd + 86_400 });
    ada('unpaid', { id: 'sub_3', periodEnd: periodEnd + 999_999 });
    const later = new Date((periodEnd + 86_400) * 1_000).toISOString();
    expect(await ask('ada')).toEqual({ entitled: true, periodEnd: later });
  });

  it('about a user whose customer was deleted gets a no', async () => {
    ada('canceled');
    fake.customers.set('cus_ada', { metadata: {}, deleted: true });
    expect(await ask('ada')).toEqual({ entitled: false, periodEnd: null });
  });

  it.each([
    ['who is unknown', () => table.clear(), 404],
    ['whose customer names another user', () => table.set('ada', 'cus_eve'), 404],
    ['during an outage of Stripe', () => fake.setAway(true), 503],
  ])('about a user %s gets no answer instead of a no', async (_, change, status) => {
    ada('active');
    fake.customers.set('cus_eve', { metadata: { mooring_user_id: 'eve' } });
    change();
    await expect(ask('ada')).rejects.toMatchObject({
      type: 'ENTITLEMENT_UNANSWERED',
      message: `the entitlement hook answered ${status}`,
    });
  });

  it('with another signature is refused before any call to Stripe', async () => {
    ada('active');
    await expect(ask('ada', secret())).rejects.toMatchObject({
      message: 'the entitlement hook answered 401',
    });
    expect(fake.asked).toEqual([]);
  });
});
