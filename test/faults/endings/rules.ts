import type { Fault, FaultRule } from '../../../sandbox/control.ts';
import type { CallName, Cell, CommandCell } from './cells.ts';

type Hit = Omit<FaultRule, 'fault'>;

const get: Hit = { route: 'GET /connected_accounts/:id' };
const status: Hit = { route: 'PATCH /connected_accounts/:id/status' };
const revoke: Hit = { route: 'POST /connected_accounts/:id/revoke' };
const remove: Hit = { route: 'DELETE /connected_accounts/:id' };

const hits: Record<CallName, Hit> = {
  read: get,
  enable: { ...status, accountStatus: 'INACTIVE' },
  'read enabled': { ...get, accountStatus: 'ACTIVE' },
  revoke,
  'read revoked': { ...get, accountStatus: 'REVOKED' },
  disable: { ...status, accountStatus: 'ACTIVE' },
  'read disabled': { ...get, accountStatus: 'INACTIVE' },
  delete: remove,
  'read deleted': get,
};

const asIs: Fault = { kind: 'delay' };
/** The activity before it compares owners and lists siblings. */
const siblingsKnown: FaultRule = { route: 'GET /connected_accounts', fault: asIs };
const failedRevocation: FaultRule = { ...revoke, fault: { kind: 'status', status: 500 } };

/**
 * The call that must come first. Without faults no call disables the account, and an account reads
 * the same until its delete.
 */
const first: Partial<Record<CallName, FaultRule>> = {
  read: siblingsKnown,
  disable: failedRevocation,
  'read disabled': failedRevocation,
  'read deleted': { ...remove, fault: asIs },
};

/** Longer than any worker lives that waits for it. */
const heldMs = 60_000;

/** The faults that hit the calls of one user, in order. */
export function ruleOf({ call, answer, lost, kill }: Cell, userId: string): FaultRule {
  const before = first[call];
  const hit = hits[call];
  const rules: FaultRule[] = [
    ...(before === undefined ? [] : [before]),
    ...(kill === 'before' ? [{ ...hit, fault: { kind: 'silence' } as const }] : []),
    { ...hit, fault: faultOf({ answer, lost, kill }) },
    ...(kill === 'after' ? [{ fault: { kind: 'silence' } as const }] : []),
  ];
  return rules.reduceRight((next: FaultRule | undefined, rule) => {
    return { ...rule, userId, ...(next && { next }) };
  }, undefined) as FaultRule;
}

/** The fault that hits the one call of a command that disables the user's account. */
export function ruleOfCommand({ answer }: CommandCell, userId: string): FaultRule {
  return { ...hits.disable, userId, fault: faultOf({ answer, lost: false, kill: 'none' }) };
}

function faultOf({
  answer: { does, says },
  lost,
  kill,
}: Pick<Cell, 'answer' | 'lost' | 'kill'>): Fault {
  const end = disconnectRunOf();
  if (typeof does === 'string') return end ?? says ?? asIs;
  return { kind: 'meanwhile', becomes: does.becomes, ...(end && { says: end }) };

  function disconnectRunOf(): Fault | null {
    if (kill === 'during') return { kind: 'delay', afterMs: heldMs };
    if (!lost) return null;
    return { kind: does === 'nothing' ? 'dropBefore' : 'applyThenDrop' };
  }
}
