import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredAccount } from '../sandbox/control.ts';
import type { EventType, OutcomeStatus, Reason } from '../src/index.ts';

/** What a scenario found out about itself. */
export interface Finding {
  outcome: string;
  reason: string | null;
  apiCalls: number;
  historyEvents: number;
  /** What the app was told, by type. */
  events: Partial<Record<EventType, number>>;
  /** Every account of its users that the API still has, by id. */
  left: Left;
}

export type Left = Record<string, StoredAccount['status']>;

/** How a scenario has to end: with this outcome, these events, these accounts, and none besides. */
export interface Ending {
  status: OutcomeStatus;
  reason?: Reason;
  events: EventType[];
  left: Left;
}

/** Whatever is waited for comes within milliseconds, but for an endpoint that is down, or a busy machine. */
export const withinMs = 20_000;

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

/** Waits for what is on its way: an event, a process, a list of Temporal's that is a moment behind. */
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
