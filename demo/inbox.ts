import { randomBytes } from 'node:crypto';
import { type MooringEvent, MooringError, verifyEvent } from '../src/index.ts';

/** One request to the endpoint, and its answer. */
interface Delivery {
  eventId: string;
  status: 204 | 503;
}

/** The app's event endpoint, and what arrived there. */
export class Inbox {
  readonly path = '/events';
  readonly #secret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly #events = new Map<string, MooringEvent>();
  readonly #deliveries: (Delivery & { userId: string })[] = [];
  readonly #down = new Set<string>();

  /** The value of MOORING_EVENT_ENDPOINTS with which a worker sends events to this app. */
  endpoints(origin: string): string {
    const url = new URL(this.path, origin).href;
    return JSON.stringify([{ name: 'demo', url, secrets: [this.#secret], allowPrivate: true }]);
  }

  /** Takes an event once, however often it is delivered. Returns the status of the response. */
  take(headers: Headers, rawBody: string): 204 | 401 | 503 {
    try {
      const event = verifyEvent({ headers, rawBody, secrets: this.#secret });
      const userId = nameOf(event);
      const status = this.#down.has(userId) ? 503 : 204;
      this.#deliveries.push({ eventId: event.id, status, userId });
      if (status === 204) this.#events.set(event.id, event);
      return status;
    } catch (error) {
      if (error instanceof MooringError) return 401;
      throw error;
    }
  }

  /** How many events it has taken. */
  get size(): number {
    return this.#events.size;
  }

  /** The events of one user, in the order of arrival. */
  of(userId: string): MooringEvent[] {
    return [...this.#events.values()].filter((event) => nameOf(event) === userId);
  }

  /** The events of all users, and sweeps, whose names start with this prefix. */
  ofAll(prefix: string): MooringEvent[] {
    return [...this.#events.values()].filter((event) => nameOf(event).startsWith(prefix));
  }

  /** Every request about this user, including refused ones. */
  deliveries(userId: string): Delivery[] {
    const own = this.#deliveries.filter((delivery) => delivery.userId === userId);
    return own.map(({ eventId, status }) => ({ eventId, status }));
  }

  /** Answers 503 to every request about this user, until `up`. */
  down(userId: string): void {
    this.#down.add(userId);
  }

  up(userId: string): void {
    this.#down.delete(userId);
  }
}

/** The user, or the sweep, that the event is about. */
function nameOf({ data }: MooringEvent): string {
  return 'userId' in data ? data.userId : data.name;
}
