import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultRule, SandboxControl } from '../sandbox/control.ts';
import type { Processes, Restartable } from './cast.ts';
import type { Random } from './random.ts';
import { type EndpointName, endpointNames, type Receiver } from './receiver.ts';

export const processNames = ['worker 0', 'worker 1', 'gateway', 'temporal'] as const;
type ProcessName = (typeof processNames)[number];

/** A fault of the stack, and its time after the start. */
export type PlannedFault = { atMs: number } & (
  | { kind: 'kill'; process: ProcessName; forMs: number }
  | { kind: 'stop'; process: ProcessName; forMs: number }
  | { kind: 'endpoint'; endpoint: EndpointName; forMs: number }
  | { kind: 'api'; rule: FaultRule }
);

const routes = [
  'POST /connected_accounts/link',
  'POST /connected_accounts',
  'GET /connected_accounts',
  'GET /connected_accounts/:id',
  'PATCH /connected_accounts/:id',
  'PATCH /connected_accounts/:id/status',
  'POST /connected_accounts/:id/refresh',
  'POST /connected_accounts/:id/revoke',
  'DELETE /connected_accounts/:id',
];

/** The stories make only some ten of all calls. At this rate a fault hits most stories. */
const apiFaultEveryMs = 700;

/** The faults of a seed: each process is killed at least once, and some are stopped. */
export function drawFaults(random: Random, spanMs: number): PlannedFault[] {
  const within = (share: number) => random.between(0, Math.floor(spanMs * share));
  const kills = [...processNames, random.pick(processNames)].map((process): PlannedFault => ({
    atMs: within(0.9),
    kind: 'kill',
    process,
    forMs: random.between(200, 4_000),
  }));
  const stops = Array.from({ length: 4 }, (): PlannedFault => ({
    atMs: within(0.9),
    kind: 'stop',
    process: random.pick(processNames),
    forMs: random.between(1_000, 8_000),
  }));
  const outages = endpointNames.map((endpoint): PlannedFault => ({
    atMs: within(0.8),
    kind: 'endpoint',
    endpoint,
    forMs: random.between(2_000, 8_000),
  }));
  const api = Array.from({ length: Math.ceil(spanMs / apiFaultEveryMs) }, (): PlannedFault => ({
    atMs: within(1),
    kind: 'api',
    rule: drawRule(random),
  }));
  return [...kills, ...stops, ...outages, ...api].sort((a, b) => a.atMs - b.atMs);
}

function drawRule(random: Random): FaultRule {
  const fault = drawFault(random);
  // Three rules in ten match any route. They hit the common reads more often than other calls.
  return { ...(random.chance(0.7) && { route: random.pick(routes) }), fault };
}

function drawFault(random: Random): Fault {
  const applied = random.chance(0.5);
  return random.pick<() => Fault>([
    () => ({ kind: 'status', status: 500, applied }),
    () => ({ kind: 'status', status: 503, applied }),
    () => ({ kind: 'html502', applied }),
    () => ({ kind: 'dropBefore' }),
    () => ({ kind: 'applyThenDrop' }),
    () => ({ kind: 'rateLimited', retryAfterSeconds: random.between(1, 3) }),
    () => ({ kind: 'delay', beforeMs: random.between(500, 5_000) }),
    () => ({ kind: 'delay', afterMs: random.between(500, 5_000) }),
    () => ({ kind: 'silence' }),
    () => ({ kind: 'stalledBody' }),
    () => ({ kind: 'truncatedBody' }),
  ])();
}

interface Targets {
  processes: Processes;
  sandbox: Pick<SandboxControl, 'fault'>;
  receiver: Pick<Receiver, 'takeDown' | 'bringUp'>;
}

/** Plays the faults at their times. Resolves once the last one is over and everything is up. */
export async function playFaults(plan: readonly PlannedFault[], targets: Targets): Promise<void> {
  const began = Date.now();
  // The faults of one process are played one after the other.
  const bySubject = new Map<string, PlannedFault[]>();
  for (const fault of plan) {
    const subject = subjectOf(fault);
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), fault]);
  }
  const played = [...bySubject.values()].map(async (faults) => {
    for (const fault of faults) {
      await sleep(Math.max(0, began + fault.atMs - Date.now()));
      await playFault(fault, targets);
    }
  });
  await Promise.all(played);
}

function subjectOf(fault: PlannedFault): string {
  if (fault.kind === 'api') return 'api';
  return fault.kind === 'endpoint' ? fault.endpoint : fault.process;
}

async function playFault(fault: PlannedFault, targets: Targets): Promise<void> {
  const { processes, sandbox, receiver } = targets;
  switch (fault.kind) {
    case 'api':
      return sandbox.fault(fault.rule);
    case 'endpoint':
      receiver.takeDown(fault.endpoint);
      await sleep(fault.forMs);
      return receiver.bringUp(fault.endpoint);
    case 'kill': {
      const process = processOf(processes, fault.process);
      await process.kill();
      await sleep(fault.forMs);
      return process.start();
    }
    case 'stop': {
      const process = processOf(processes, fault.process);
      process.stop();
      await sleep(fault.forMs);
      return process.resume();
    }
  }
}

function processOf(processes: Processes, name: ProcessName): Restartable {
  switch (name) {
    case 'worker 0':
      return processes.worker(0);
    case 'worker 1':
      return processes.worker(1);
    case 'gateway':
      return processes.gateway;
    case 'temporal':
      return processes.temporal;
  }
}
