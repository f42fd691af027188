/** What the fragments in docs/ and in comments use without declaring it; docs/README.md says so. */
import type { Context, Hono } from 'hono';
import type { MooringClient } from 'mooring';
import type { ConnectedAccounts } from 'mooring/accounts';
import type Stripe from 'stripe';

declare global {
  const mooring: MooringClient;
  const accounts: ConnectedAccounts;
  const app: Hono;

  const userId: string;
  const connectionId: string;
  const connectedAccountId: string;
  const user: { userId: string; authConfigId: string; returnUrl: string };
  /** The backend's own session: who is signed in. */
  const session: { userId: string; connectionId: string };

  /** Where the browser came back. */
  const url: URL;
  /** The `mooring_code` of the URL. */
  const code: string;
  const apiKey: string;
  const encryptionKeys: string;
  const eventSecret: string;
  const entitlementSecret: string;

  function activate(connectedAccountId: string): Promise<void>;
  function requestReauth(reason: string | null): Promise<void>;
  function mail(userId: string, url: string): Promise<void>;
  function hasPaid(userId: string): Promise<boolean>;
  function handleTrigger(c: Context): Promise<Response>;
  function retryLater(): Promise<void>;
  function report(error: unknown): void;

  const database: { insertPending(userId: string, connectedAccountId: string): Promise<void> };
  const stripe: Stripe;
  const email: string;
}
