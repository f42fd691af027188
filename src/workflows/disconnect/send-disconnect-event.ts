import { ActivityFailure, log } from '@temporalio/workflow';
import type { PreparedDisconnect } from '../../activities/index.ts';
import type { DisconnectReceipt } from '../../domain/disconnect/disconnect.ts';
import type { EventType } from '../../domain/events/events.ts';
import { sendEvent } from '../events/send-event.ts';
import { disconnectActivities } from './options.ts';

/**
 * Whether an event reports this disconnect to the backend. For a replaced account, and for one that
 * an attempt does not keep, the outcome of the attempt reports it. Then an event is sent only if
 * the grant may live on.
 */
export function isNews({ reason, statusAfter }: DisconnectReceipt): boolean {
  const wasAsked = reason === 'disconnect' || reason === 'offboarding';
  return wasAsked || (reason === 'replaced' && statusAfter !== null);
}

/** Sends the event that reports the result of a disconnect. */
export async function sendDisconnectEvent(
  receipt: DisconnectReceipt,
  { connectionId, endpoints }: PreparedDisconnect,
): Promise<void> {
  if (connectionId === null) return;
  const { connectedAccountId } = receipt;
  const type = eventTypeOf(receipt);
  await sendEvent(endpoints, { type, connectionId, connectedAccountId, data: receipt });
}

/** Reads the siblings whose grants a revocation may have ended too. */
export async function checkSiblings(receipt: DisconnectReceipt): Promise<void> {
  if (receipt.proof !== 'revoked' || receipt.siblings.length === 0) return;
  try {
    await disconnectActivities().checkSiblings(receipt);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { connectedAccountId } = receipt;
    log.warn('siblings of the revoked account not read', {
      connectedAccountId,
      error: String(error),
    });
  }
}

function eventTypeOf({ proof, statusAfter }: DisconnectReceipt) {
  if (proof === 'unproven') return 'connection.end_unproven' satisfies EventType;
  if (statusAfter === null) return 'connection.deleted' satisfies EventType;
  if (statusAfter === 'REVOKED') return 'connection.revoked' satisfies EventType;
  return 'connection.end_unproven' satisfies EventType;
}
