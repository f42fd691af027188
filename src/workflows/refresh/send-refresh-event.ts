import {
  ActivityFailure,
  getExternalWorkflowHandle,
  isCancellation,
  log,
} from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import type { ConnectOutcome } from '../../domain/connect/connect.ts';
import { reauthWorkflowId } from '../../domain/ids.ts';
import type { RefreshInput } from '../../domain/refresh/refresh.ts';
import { sendEvent } from '../events/send-event.ts';
import { hintSignal } from '../../protocol/messages.ts';
import { refreshActivities } from './options.ts';

/**
 * Notifies the backend once of how the user's re-authentication ended. ACTIVE: the pending re-auth
 * run sends the event, or this run if there is none. Not ACTIVE: a re-auth run starts and sends
 * one, unless there is one already or somebody has cancelled.
 */
export async function sendRefreshEvent(
  { connectedAccountId, connectionId, userId, authConfigId, found, endpoints = [] }: OpenedAttempt,
  { status }: ConnectOutcome,
  { hasPendingReauth, timings }: Pick<RefreshInput, 'timings'> & { hasPendingReauth: boolean },
): Promise<void> {
  if (status === 'CANCELED') return;
  if (status !== 'ACTIVE') {
    const known = { connectedAccountId, userId, authConfigId };
    await tryToStartReauth({ ...known, ...(timings?.reauth && { timings: timings.reauth }) });
    return;
  }
  if (hasPendingReauth && (await sendHealedEvent(connectedAccountId))) return;
  const toolkit = found?.toolkit ?? '';
  const data = { userId, authConfigId, toolkit, status: 'ACTIVE' as const, statusReason: null };
  await sendEvent(endpoints, { type: 'connection.healed', connectionId, connectedAccountId, data });
}

/** Signals the pending re-auth run to read the account. False if there is no such run any more. */
export async function sendHealedEvent(connectedAccountId: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(reauthWorkflowId(connectedAccountId)).signal(hintSignal);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('no re-auth run is open for this account', { connectedAccountId });
    return false;
  }
}

async function tryToStartReauth(
  account: Parameters<ReturnType<typeof refreshActivities>['startReauth']>[0],
) {
  try {
    await refreshActivities().startReauth(account);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { connectedAccountId } = account;
    log.error('connection.reauth_required not sent: no re-auth run started; refresh it again', {
      connectedAccountId,
      error: String(error),
    });
  }
}
