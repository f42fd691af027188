import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Status = 'active' | 'trialing' | 'past_due' | 'unpaid' | 'canceled' | 'incomplete' | 'paused';

export interface FakeSubscription {
  id: string;
  customer: string;
  status: Status;
  /** Seconds since 1970. */
  periodEnd: number;
  metadata?: Record<string, string>;
}

/**
 * In the shape of API version 2026-10-28, with the fields that a reader of subscriptions can meet.
 */
export function subscriptionObject({ id, customer, status, ...rest }: FakeSubscription) {
  const { periodEnd, metadata = {} } = rest;
  return {
    id,
    object: 'subscription',
    customer,
    status,
    cancel_at_period_end: false,
    collection_method: 'charge_automatically',
    created: periodEnd - 2_592_000,
    currency: 'eur',
    items: {
      object: 'list',
      data: [
        {
          id: `si_${id}`,
          object: 'subscription_item',
          current_period_start: periodEnd - 2_592_000,
          current_period_end: periodEnd,
          quantity: 1,
          subscription: id,
        },
      ],
      has_more: false,
      total_count: 1,
      url: `/v1/subscription_items?subscription=${id}`,
    },
    latest_invoice: `in_${id}`,
    livemode: false,
    metadata,
    pause_collection: null,
  };
}

/** As Stripe sends it: the object as it was when Stripe made the event, perhaps long ago. */
export function stripeEvent(type: string, object: object, id = 'evt_1') {
  return {
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: 1_795_000_000,
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
}

/** An invoice of this subscription. It names the customer and not the user. */
export function invoiceObject({ id, customer }: FakeSubscription) {
  return {
    id: `in_${id}`,
    object: 'invoice',
    amount_paid: 2_000,
    billing_reason: 'subscription_cycle',
    currency: 'eur',
    customer,
    customer_email: 'eve@app.example',
    metadata: {},
    parent: {
      type: 'subscription_details',
      subscription_details: { subscription: id, metadata: {} },
      quote_details: null,
    },
    status: 'paid',
  };
}

/**
 * The part of Stripe's API that the example calls: customers by id, and pages of a customer's
 * subscriptions.
 */
export async function startFakeStripe() {
  const customers = new Map<string, { metadata: Record<string, string>; deleted?: true }>();
  const subscriptions: FakeSubscription[] = [];
  const asked: string[] = [];
  let away = false;
  let pageSize = 100;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stripe');
    asked.push(`${request.method} ${pathname}`);
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const error = (status: number, type: string) => answer(status, { error: { type } });
    if (request.headers.authorization !== 'Bearer sk_test_1') {
      return error(401, 'invalid_request_error');
    }
    if (away) return error(500, 'api_error');
    const [, customerId = ''] = /^\/v1\/customers\/(\w+)$/.exec(pathname) ?? [];
    const customer = customers.get(customerId);
    if (customer !== undefined) {
      const known = { id: customerId, object: 'customer' };
      return answer(
        200,
        customer.deleted ? { ...known, deleted: true } : { ...known, ...customer },
      );
    }
    if (pathname !== '/v1/subscriptions') return error(404, 'invalid_request_error');
    const rows = subscriptions
      .filter((one) => one.customer === searchParams.get('customer'))
      .filter(({ status }) => status !== 'canceled');
    const after = rows.findIndex(({ id }) => id === searchParams.get('starting_after')) + 1;
    const data = rows.slice(after, after + pageSize).map(subscriptionObject);
    const has_more = after + pageSize < rows.length;
    return answer(200, { object: 'list', data, has_more, url: '/v1/subscriptions' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    customers,
    subscriptions,
    /** Method and path of each call. */
    asked,
    setAway: (to: boolean) => (away = to),
    setPageSize: (to: number) => (pageSize = to),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
