import { activityInfo, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import type { OwnedSnapshot } from '../../domain/account.ts';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import { isTarget } from '../../domain/account.ts';
import type { ExpectedAccount } from '../../domain/connect/judge-reading.ts';
import { runCalls } from '../shared/call.ts';
import { isBlocked } from '../shared/guards.ts';
import type { HealReport } from '../refresh/heal-account.ts';
import { tryRequestRestore } from './user-run-messages.ts';
import { notYetFailure } from '../shared/failures.ts';

export interface DisableIfBlockedDependencies {
  api: ComposioApi;
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
}

export function createDisableIfBlockedActivities(deps: DisableIfBlockedDependencies) {
  return {
    /**
     * Disables an account of an attempt that became ACTIVE after its user's gate closed. Safe to
     * repeat.
     */
    async disableIfBlocked(expected: ExpectedAccount): Promise<void> {
      await runCalls({ waiting: false }, async (signal) => {
        const { connectedAccountId, userId } = expected;
        const account = await deps.api.getAccount(connectedAccountId, signal, { userId });
        if (account === null || !isTarget(account, expected)) return;
        await disableAccountIfBlocked(deps, { ...account, userId }, signal);
      });
    },
  };
}

/** Pauses an account that a refresh has healed if its user's gate closed meanwhile. */
export async function disableHealedIfBlocked(
  deps: DisableIfBlockedDependencies,
  healReport: HealReport,
  signal: AbortSignal,
): Promise<HealReport> {
  const { heal, account } = healReport;
  const mayBeOurs = activityInfo().attempt > 1 && heal.outcome === 'paused';
  if (account === null || (heal.outcome !== 'healed' && !mayBeOurs)) return healReport;
  const after = await disableAccountIfBlocked(deps, account, signal);
  if (after.status === account.status) return healReport;
  const { status, statusReason } = after;
  return {
    ...healReport,
    account: after,
    heal: { ...heal, outcome: 'paused', status, statusReason },
  };
}

/**
 * Disables an ACTIVE account while its user's gate is closed, and asks the user's run to restore it
 * with the others. That run does not know the account, because it was not ACTIVE when the run
 * listed it. The disable comes first: otherwise a listing would treat the account as one that a
 * person enabled. Safe to repeat: an account that a lost try disabled is restored too.
 */
async function disableAccountIfBlocked(
  { api, idKey }: DisableIfBlockedDependencies,
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
    const message = `account ${id} was disabled, but still reads ACTIVE`;
    throw notYetFailure(message);
  }
  if (after?.status !== 'INACTIVE') return after ?? account;
  log.info('account paused: the user’s gate is closed', { connectedAccountId: id });
  if (await tryRequestRestore(userWorkflowId(userId, idKey), after)) return after;
  // The gate is open again and the user's run has closed. So no run would enable the account later.
  await api.setEnabled(id, true, signal);
  return account;
}
