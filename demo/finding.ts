import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredAccount } from '../sandbox/control.ts';
import type { EventType, ConnectStatus, ConnectReason } from '../src/index.ts';

/** The result of a scenario. */
export interface Finding {
  outcome: string;
  reason: string | null;
  apiCalls: number;
  historyEvents: number;
  /** The events that the app received, by type. */
  events: Partial<Record<EventType, number>>;
  /** Every account of its users that is left at the API, by id. */
  left: Left;
}

export type Left = Record<string, StoredAccount['status']>;

/** How a scenario has to end: with exactly this outcome, these events and these accounts. */
export interface Ending {
  status: ConnectStatus;
  reason?: ConnectReason;
  events: EventType[];
  left: Left;
}

/**
 * Normally everything arrives within milliseconds; endpoints that are down and busy machines need
 * longer.
 */
export const withinMs = 20_000;

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`expected: ${what}`);
}

/** Waits for something that takes a moment: an event, a process, a list of Temporal. */
export async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    check(Date.now() < deadline, what);
    await sleep(50);
  }
}

export function counted(types: EventType[]): Finding['events'] {
  const times = (type: EventType) => types.filter((other) => other === type).length;
  return Object.fromEntries(types.toSorted().map((type) => [type, times(type)]));
}
