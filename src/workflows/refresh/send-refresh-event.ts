import {
  ActivityFailure,
  getExternalWorkflowHandle,
  isCancellation,
  log,
} from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import type { Outcome } from '../../domain/connect/connect.ts';
import { toldWorkflowId } from '../../domain/ids.ts';
import type { RefreshInput } from '../../domain/refresh/refresh.ts';
import { announce } from '../events/send-event.ts';
import { hintSignal } from '../../protocol/messages.ts';
import { refreshing } from './options.ts';

/**
 * Tells the backend how a user who was there has ended: once. ACTIVE: by the memory that he was told, or,
 * where there is none, from here. Not ACTIVE: he is told now, unless he had been or somebody has cancelled.
 */
export async function tellAfterRefresh(
  { connectedAccountId, connectionId, userId, authConfigId, found, endpoints = [] }: OpenedAttempt,
  { status }: Outcome,
  { told, timings }: Pick<RefreshInput, 'timings'> & { told: boolean },
): Promise<void> {
  if (status === 'CANCELED') return;
  if (status !== 'ACTIVE') {
    const known = { connectedAccountId, userId, authConfigId };
    await tell({ ...known, ...(timings?.told && { timings: timings.told }) });
    return;
  }
  if (told && (await tellHealed(connectedAccountId))) return;
  const toolkit = found?.toolkit ?? '';
  const data = { userId, authConfigId, toolkit, status: 'ACTIVE' as const, statusReason: null };
  await announce(endpoints, { type: 'connection.healed', connectionId, connectedAccountId, data });
}

/** Has the memory that a user was told read his account. False when there is none any more. */
export async function tellHealed(connectedAccountId: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(toldWorkflowId(connectedAccountId)).signal(hintSignal);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('nobody remembers that this user was told', { connectedAccountId });
    return false;
  }
}

async function tell(account: Parameters<ReturnType<typeof refreshing>['tellUserOf']>[0]) {
  try {
    await refreshing().tellUserOf(account);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.error('the user could not be told', { error: String(error) });
  }
}
