/** The bridge as a process; the README shows how to run it. */
import { serve } from '@hono/node-server';
import { Stripe } from 'stripe';
import { createStripeWebhook } from './app.ts';

const { env } = process;
const { fetch } = createStripeWebhook({
  stripe: new Stripe(env.STRIPE_API_KEY ?? ''),
  endpointSecret: env.STRIPE_ENDPOINT_SECRET ?? '',
  billing: { url: 'http://localhost:8088', secret: env.BILLING_SECRET ?? '' },
  entitlementSecrets: [env.ENTITLEMENT_SECRET ?? ''],
  // Replace this with your table of users.
  customerOf: async (userId) => (userId === 'user_123' ? (env.STRIPE_CUSTOMER ?? null) : null),
});
serve({ fetch, hostname: 'localhost', port: 4_000 });
