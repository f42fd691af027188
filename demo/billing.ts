import { randomBytes, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { MooringError, type SubscriptionEvent, verifyEntitlementRequest } from '../src/index.ts';

/** What the app answers when it is asked after a user; `nothing`: it is down. */
type Word = 'paid' | 'unpaid' | 'nothing';

/** Who has paid, as the app knows it: Mooring asks here, and is told by webhook that something has changed. */
export class Billing {
  readonly path = '/entitlement';
  readonly #hookSecret = newSecret();
  readonly #webhookSecret = newSecret();
  readonly #words = new Map<string, Word>();
  readonly #asked: string[] = [];

  /** What workers and gateway must be told of this app. */
  environment(origin: string): Record<string, string> {
    return {
      MOORING_BILLING_SECRETS: this.#webhookSecret,
      MOORING_ENTITLEMENT_URL: new URL(this.path, origin).href,
      MOORING_ENTITLEMENT_SECRETS: this.#hookSecret,
      MOORING_ENTITLEMENT_ALLOW_PRIVATE: '1',
    };
  }

  /** What is said of this user from now on; of all others, that they have paid. */
  says(userId: string, word: Word): void {
    this.#words.set(userId, word);
  }

  /** Answers Mooring's question: the status of the response, and its body where there is one. */
  answer(headers: Headers, rawBody: string): { status: 200 | 401 | 503; entitled?: boolean } {
    try {
      const { userId } = verifyEntitlementRequest(headers, rawBody, this.#hookSecret);
      this.#asked.push(userId);
      const word = this.#words.get(userId) ?? 'paid';
      return word === 'nothing' ? { status: 503 } : { status: 200, entitled: word === 'paid' };
    } catch (error) {
      if (error instanceof MooringError) return { status: 401 };
      throw error;
    }
  }

  /** How often Mooring has asked after this user. */
  asked(userId: string): number {
    return this.#asked.filter((one) => one === userId).length;
  }

  /** Sends an event to the gateway's webhook, signed, or as somebody else would; answers the response's status. */
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
