import { activityInfo, ApplicationFailure, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import type { OwnedSnapshot } from '../../domain/account.ts';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import { type ExpectedAccount, isOurs } from '../../domain/connect/judge-reading.ts';
import { calling } from '../shared/call.ts';
import { isBlocked } from '../shared/user-gate.ts';
import type { Healing } from '../refresh/heal-account.ts';
import { isOwed } from './pause-ledger.ts';

export interface HoldBackDependencies {
  api: ComposioApi;
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
}

export function createHoldBackActivities(deps: HoldBackDependencies) {
  return {
    /** Disables an account of an attempt that ended ACTIVE after its user's access was closed. Safe to repeat. */
    async holdBack(expected: ExpectedAccount): Promise<void> {
      await calling({ waiting: false }, async (signal) => {
        const { connectedAccountId, userId } = expected;
        const account = await deps.api.getAccount(connectedAccountId, signal, { userId });
        if (account === null || !isOurs(account, expected)) return;
        await heldBack(deps, { ...account, userId }, signal);
      });
    },
  };
}

/** What a refresh has healed, unless its user's access was closed meanwhile: then it is paused. */
export async function healedWithinAccess(
  deps: HoldBackDependencies,
  healing: Healing,
  signal: AbortSignal,
): Promise<Healing> {
  const { heal, account } = healing;
  const mayBeOurs = activityInfo().attempt > 1 && heal.outcome === 'paused';
  if (account === null || (heal.outcome !== 'healed' && !mayBeOurs)) return healing;
  const after = await heldBack(deps, account, signal);
  if (after.status === account.status) return healing;
  const { status, statusReason } = after;
  return { ...healing, account: after, heal: { ...heal, outcome: 'paused', status, statusReason } };
}

/**
 * Disables an ACTIVE account while its user's gate is closed, and has it given back with the rest. A pause does
 * not know this account: it was not ACTIVE when it was listed. Disabled first, so that no listing takes it for one
 * that a person has enabled. Safe to repeat: what a lost try has disabled is given back too.
 */
async function heldBack(
  { api, idKey }: HoldBackDependencies,
  account: OwnedSnapshot,
  signal: AbortSignal,
): Promise<OwnedSnapshot> {
  const { id, userId, status } = account;
  if (status !== 'ACTIVE' && status !== 'INACTIVE') return account;
  if (!(await isBlocked(userId, idKey))) return account;
  if (status === 'ACTIVE') await api.setEnabled(id, false, signal);
  const read = await api.getAccount(id, signal, { userId, isKnown: true });
  const after = read && { ...read, userId };
  if (after?.status === 'ACTIVE') {
    throw ApplicationFailure.create({ type: 'NOT_YET', message: 'disabled, and still ACTIVE' });
  }
  if (after?.status !== 'INACTIVE') return after ?? account;
  log.info('account paused: its user’s access was closed', { connectedAccountId: id });
  if (await isOwed(userWorkflowId(userId, idKey), after)) return after;
  // The access is open again, and its run has closed, so no run would enable the account later.
  await api.setEnabled(id, true, signal);
  return account;
}
