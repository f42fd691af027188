import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { Webhook } from 'standardwebhooks';
import type { Stripe } from 'stripe';
import { MooringError, verifyEntitlementRequest } from '../../src/index.ts';

export interface StripeWebhookOptions {
  stripe: Stripe;
  /** Of the endpoint at Stripe that posts to `/stripe`. */
  endpointSecret: string;
  /** Mooring's gateway with `/webhooks/billing`, and a secret of MOORING_BILLING_SECRETS. */
  billing: { url: string; secret: string };
  /** MOORING_ENTITLEMENT_SECRETS: one, or two during a rotation. */
  entitlementSecrets: readonly string[];
  /** The Stripe customer whom you made for this user, from your own table. */
  customerOf: (userId: string) => Promise<string | null>;
}

/** What Stripe tells of subscriptions; whatever it says, they are read back. */
const heard = /^(customer\.(subscription\.|deleted$)|invoice\.(paid|payment_failed)$)/;

/** Of a subscription that is `past_due` Stripe still tries to collect: Mooring's grace is for that. */
const good: readonly string[] = ['active', 'trialing'];

/** Stands between Stripe and Mooring: hands lapses and renewals on, and answers who is entitled. */
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
    // Of another product, or of a customer who is no user: nothing that Stripe should send again.
    if (!customer || !userId) return c.body(null, 204);
    // Taken before the read: what is said was so then, and what is read later overrules it.
    const occurredAt = new Date().toISOString();
    const { entitled } = await subscriptionOf(customer);
    const type = entitled ? 'subscription.renewed' : 'subscription.lapsed';
    await tell({ id: `${event.id}.${type}`, type, userId, occurredAt });
    return c.body(null, 204);
  });

  app.post('/entitlement', async (c) => {
    const rawBody = await c.req.text();
    const { userId } = verifyEntitlementRequest(c.req.raw.headers, rawBody, entitlementSecrets);
    const customerId = await customerOf(userId);
    const customer = customerId && (await stripe.customers.retrieve(customerId));
    // Not "no": if we do not know the user, Mooring changes nothing. Of a deleted customer only our table is left.
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
    // Stripe or Mooring is away: whoever asked asks again.
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
    // Stripe has canceled all subscriptions of a customer that was deleted.
    if (deleted) return { entitled: false };
    const ends: number[] = [];
    let entitled = false;
    // All that have not ended. A customer may have several: one that is good will do.
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

/** By what our own server wrote on the customer. What a checkout brings, the browser may have chosen. */
function userOf(customer: Stripe.Customer | null): string | null {
  return customer?.metadata['mooring_user_id'] ?? null;
}

/** The customer as it was when it was deleted: what Stripe answers of it afterwards has no metadata. */
function deletedIn({ type, data }: Stripe.Event): Stripe.Customer | null {
  return type === 'customer.deleted' ? data.object : null;
}

function customerIn({ type, data }: Stripe.Event): string | null {
  if (type === 'customer.deleted') return data.object.id;
  const { customer } = data.object as { customer?: string | { id: string } | null };
  return typeof customer === 'object' ? (customer?.id ?? null) : (customer ?? null);
}
