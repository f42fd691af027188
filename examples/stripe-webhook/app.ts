import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { Webhook } from 'standardwebhooks';
import type { Stripe } from 'stripe';
import { MooringError, verifyEntitlementRequest } from '../../src/index.ts';

export interface StripeWebhookOptions {
  stripe: Stripe;
  /** The signing secret of the endpoint at Stripe that posts to `/stripe`. */
  endpointSecret: string;
  /** Mooring's gateway with `/webhooks/billing`, and a secret of MOORING_BILLING_SECRETS. */
  billing: { url: string; secret: string };
  /** MOORING_ENTITLEMENT_SECRETS: one, or two during a rotation. */
  entitlementSecrets: readonly string[];
  /** The Stripe customer that you created for this user, from your own table. */
  customerOf: (userId: string) => Promise<string | null>;
}

/**
 * Stripe's events about subscriptions. Each is only a hint: the code reads the subscriptions back.
 */
const heard = /^(customer\.(subscription\.|deleted$)|invoice\.(paid|payment_failed)$)/;

/** Stripe still tries to collect a `past_due` subscription. Mooring's grace period covers this. */
const good: readonly string[] = ['active', 'trialing'];

/**
 * The bridge between Stripe and Mooring: it passes lapses and renewals on, and answers who is
 * entitled.
 */
export function createStripeWebhook(options: StripeWebhookOptions): Hono {
  const { stripe, endpointSecret, billing, entitlementSecrets, customerOf } = options;
  const app = new Hono();
  app.use(bodyLimit({ maxSize: 1_048_576 }));

  app.post('/stripe', async (c) => {
    const event = await verified(c);
    if (event === null) return c.text('not signed by Stripe', 400);
    const customerId = heard.test(event.type) ? customerIn(event) : null;
    const customer = customerId && (await stripe.customers.retrieve(customerId));
    const userId = customer && userOf(customer.deleted ? deletedIn(event) : customer);
    // Another product, or a customer who is no user: nothing that Stripe should send again.
    if (!customer || !userId) return c.body(null, 204);
    // The time is taken before the read. A later read then overrules this one.
    const occurredAt = new Date().toISOString();
    const { entitled } = await subscriptionOf(customer);
    const type = entitled ? 'subscription.renewed' : 'subscription.lapsed';
    await tell({ id: `${event.id}.${type}`, type, userId, occurredAt });
    return c.body(null, 204);
  });

  app.post('/entitlement', async (c) => {
    const rawBody = await c.req.text();
    const { userId } = verifyEntitlementRequest({
      headers: c.req.raw.headers,
      rawBody,
      secrets: entitlementSecrets,
    });
    const customerId = await customerOf(userId);
    const customer = customerId && (await stripe.customers.retrieve(customerId));
    // An error, not "no": for an unknown user Mooring then changes nothing. A deleted customer
    // exists only in our table.
    if (!customer || (!customer.deleted && userOf(customer) !== userId)) {
      return c.text('no such customer', 404);
    }
    return c.json(await subscriptionOf(customer));
  });

  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof MooringError) {
      return c.text(error.code, error.details.field === 'signature' ? 401 : 400);
    }
    // Stripe or Mooring is down: the caller retries.
    return c.text('try again later', 503);
  });

  return app;

  async function verified(c: Context): Promise<Stripe.Event | null> {
    const signature = c.req.header('stripe-signature') ?? '';
    const rawBody = Buffer.from(await c.req.arrayBuffer());
    try {
      return stripe.webhooks.constructEvent(rawBody, signature, endpointSecret);
    } catch (error) {
      if (error instanceof stripe.errors.StripeSignatureVerificationError) return null;
      throw error;
    }
  }

  async function subscriptionOf({ id, deleted }: Stripe.Customer | Stripe.DeletedCustomer) {
    // Stripe has canceled all subscriptions of a deleted customer.
    if (deleted) return { entitled: false };
    const ends: number[] = [];
    let entitled = false;
    // All subscriptions that have not ended. A customer may have several; one good one is enough.
    for await (const { status, items } of stripe.subscriptions.list({ customer: id, limit: 100 })) {
      if (!good.includes(status)) continue;
      entitled = true;
      ends.push(...items.data.map((item) => item.current_period_end));
    }
    if (ends.length === 0) return { entitled };
    return { entitled, periodEnd: new Date(Math.max(...ends) * 1_000).toISOString() };
  }

  async function tell(event: { id: string; type: string; userId: string; occurredAt: string }) {
    const body = JSON.stringify(event);
    const now = new Date();
    const headers = {
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(billing.secret).sign(event.id, now, body),
    };
    const signal = AbortSignal.timeout(10_000);
    const request = { method: 'POST', headers, body, signal, redirect: 'error' } as const;
    const { ok, status } = await fetch(new URL('/webhooks/billing', billing.url), request);
    if (!ok) throw new Error(`Mooring answered ${status}`);
  }
}

/**
 * The user id that our own server wrote on the customer. The browser may have chosen the fields of
 * a checkout.
 */
function userOf(customer: Stripe.Customer | null): string | null {
  return customer?.metadata['mooring_user_id'] ?? null;
}

/** The customer as of its deletion: later reads from Stripe have no metadata. */
function deletedIn({ type, data }: Stripe.Event): Stripe.Customer | null {
  return type === 'customer.deleted' ? data.object : null;
}

function customerIn({ type, data }: Stripe.Event): string | null {
  if (type === 'customer.deleted') return data.object.id;
  const { customer } = data.object as { customer?: string | { id: string } | null };
  return typeof customer === 'object' ? (customer?.id ?? null) : (customer ?? null);
}
