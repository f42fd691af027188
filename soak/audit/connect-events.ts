import type { ConnectOutcome } from '../../src/domain/connect/connect.ts';
import type { Delivery } from '../evidence.ts';
import type { Facts } from './facts.ts';

/** A delivery at an endpoint that reported how an attempt ended. */
export interface ConnectEvent {
  id: string;
  type: string;
  runId: string;
  outcome: ConnectOutcome;
  delivery: Delivery;
}

export function connectEvents({ evidence }: Pick<Facts, 'evidence'>): ConnectEvent[] {
  return evidence.deliveries.flatMap((delivery) => {
    const { eventId: id, type } = delivery;
    if (id === null || type === null || !type.startsWith('connect.')) return [];
    const { attempt, outcome } = dataOf(delivery) as {
      attempt: { runId: string };
      outcome: ConnectOutcome;
    };
    return [{ id, type, runId: attempt.runId, outcome, delivery }];
  });
}

/** The data of a verified body. */
export function dataOf({ body }: Delivery): Record<string, unknown> {
  return (JSON.parse(body) as { data: Record<string, unknown> }).data;
}
