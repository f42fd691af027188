import { createHmac } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from './settings.ts';

/** The part of an event that its delivery reads; all of it is sent. */
interface WebhookEvent {
  id: string;
  type: string;
  data: { id: string };
}

/** How a test may have it signed, unlike Composio. */
export interface Signing {
  /** Instead of the secrets of the settings. */
  secrets?: readonly string[];
  /** The age of the signature's timestamp; negative: in the future. */
  ageSeconds?: number;
}

/** One attempt at a delivery. */
export interface WebhookAttempt {
  id: string;
  type: string;
  accountId: string;
  /** The attempt of this copy, from 1. */
  attempt: number;
  at: number;
  /** The receiver's status; null: none, or none yet. */
  status: number | null;
}

interface Parcel {
  event: WebhookEvent;
  body: string;
  signing: Signing;
}

const answerMs = 10_000;

/** Delivers events: signed, at least once, and in no guaranteed order. */
export class Webhooks {
  private readonly settings: Settings;
  private readonly attempts: WebhookAttempt[] = [];
  private readonly stopped = new AbortController();
  private held: Parcel[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
    // Each open delivery adds a listener, and Node warns about more than ten.
    setMaxListeners(0, this.stopped.signal);
  }

  /** Returns at once. Without a URL it sends nothing, now or later. */
  send(event: WebhookEvent, signing: Signing = {}): void {
    const { webhookUrl, holdWebhooks } = this.settings;
    if (webhookUrl === null) return;
    const parcel = { event, body: JSON.stringify(event), signing };
    if (holdWebhooks) this.held.push(parcel);
    else void this.deliver(parcel);
  }

  /** Sends held events in order, each until it is taken or given up. */
  async release(newestFirst: boolean): Promise<void> {
    const parcels = this.held;
    this.held = [];
    if (newestFirst) parcels.reverse();
    for (const parcel of parcels) await this.deliver(parcel);
  }

  list(): WebhookAttempt[] {
    return this.attempts;
  }

  stop(): void {
    this.stopped.abort();
  }

  private async deliver(parcel: Parcel): Promise<void> {
    const copies = Array.from({ length: this.settings.webhookCopies }, () =>
      this.deliverCopy(parcel),
    );
    await Promise.all(copies);
  }

  private async deliverCopy(parcel: Parcel): Promise<void> {
    const { webhookAttempts, webhookRetryMs } = this.settings;
    const { signal } = this.stopped;
    for (let attempt = 1; attempt <= webhookAttempts; attempt++) {
      if (await this.attempt(parcel, attempt)) return;
      if (attempt === webhookAttempts) return;
      try {
        const waitMs = webhookRetryMs * 2 ** (attempt - 1);
        await sleep(waitMs, undefined, { signal, ref: false });
      } catch {
        return; // The sandbox has stopped.
      }
    }
  }

  /** Whether the receiver took it. */
  private async attempt({ event, body, signing }: Parcel, attempt: number): Promise<boolean> {
    const { webhookUrl, webhookSecrets } = this.settings;
    if (webhookUrl === null) return false;
    const { id, type, data } = event;
    const at = Date.now();
    // Real time, not the sandbox's: receivers compare it with their own clocks.
    const timestamp = Math.floor(at / 1_000) - (signing.ageSeconds ?? 0);
    const signatures = (signing.secrets ?? webhookSecrets).map((secret) =>
      signature(secret, `${id}.${timestamp}.${body}`),
    );
    const entry = { id, type, accountId: data.id, attempt, at, status: null as number | null };
    this.attempts.push(entry);
    try {
      const response = await fetch(webhookUrl, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(answerMs)]),
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signatures.join(' '),
          'x-composio-webhook-version': 'V3',
          'x-composio-delivery-attempt': String(attempt),
        },
        body,
      });
      await response.body?.cancel();
      entry.status = response.status;
      return response.ok;
    } catch {
      return false;
    }
  }
}

/** The key is the secret as it is: unlike in Standard Webhooks nothing of it is decoded (§6.4). */
function signature(secret: string, signed: string): string {
  return `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
}
