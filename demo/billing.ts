import { randomBytes, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { MooringError, type SubscriptionEvent, verifyEntitlementRequest } from '../src/index.ts';

/** What the app answers about a user; `nothing`: it is down. */
type Word = 'paid' | 'unpaid' | 'nothing';

/**
 * Who has paid, according to the app. Mooring asks this hook, and a webhook reports changes to
 * Mooring.
 */
export class Billing {
  readonly path = '/entitlement';
  readonly #hookSecret = newSecret();
  readonly #webhookSecret = newSecret();
  readonly #words = new Map<string, Word>();
  readonly #asked: string[] = [];

  /** The environment that connects workers and gateway to this app. */
  environment(origin: string): Record<string, string> {
    return {
      MOORING_BILLING_SECRETS: this.#webhookSecret,
      MOORING_ENTITLEMENT_URL: new URL(this.path, origin).href,
      MOORING_ENTITLEMENT_SECRETS: this.#hookSecret,
      MOORING_ENTITLEMENT_ALLOW_PRIVATE: '1',
    };
  }

  /** Sets the answer about this user; all other users have paid. */
  says(userId: string, word: Word): void {
    this.#words.set(userId, word);
  }

  /** Answers the entitlement hook: the status of the response, and its body if it has one. */
  answer(headers: Headers, rawBody: string): { status: 200 | 401 | 503; entitled?: boolean } {
    try {
      const { userId } = verifyEntitlementRequest({ headers, rawBody, secrets: this.#hookSecret });
      this.#asked.push(userId);
      const word = this.#words.get(userId) ?? 'paid';
      return word === 'nothing' ? { status: 503 } : { status: 200, entitled: word === 'paid' };
    } catch (error) {
      if (error instanceof MooringError) return { status: 401 };
      throw error;
    }
  }

  /** How often Mooring has asked about this user. */
  asked(userId: string): number {
    return this.#asked.filter((one) => one === userId).length;
  }

  /**
   * Sends an event to the gateway's webhook, signed, or with a forged signature. Returns the
   * response's status.
   */
  async send(
    gatewayUrl: string,
    event: SubscriptionEvent,
    { forged = false }: { forged?: boolean } = {},
  ): Promise<number> {
    const body = JSON.stringify(event);
    const at = new Date();
    const messageId = `msg_${randomUUID()}`;
    const signing = new Webhook(forged ? newSecret() : this.#webhookSecret);
    const response = await fetch(new URL('/webhooks/billing', gatewayUrl), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': messageId,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signing.sign(messageId, at, body),
      },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  }
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
