import { ActivityFailure, log } from '@temporalio/workflow';
import type { PreparedEnd } from '../../activities/index.ts';
import type { EndReceipt } from '../../domain/disconnect/disconnect.ts';
import type { EventType } from '../../domain/events/events.ts';
import { announce } from '../events/send-event.ts';
import { ending } from './options.ts';

/**
 * Whether an event reports this disconnect to the backend. For a replaced account, and for one that an attempt does not
 * keep, the outcome of the attempt reports it; then an event is sent only if the grant may live on.
 */
export function isNews({ reason, statusAfter }: EndReceipt): boolean {
  const wasAsked = reason === 'disconnect' || reason === 'offboarding';
  return wasAsked || (reason === 'superseded' && statusAfter !== null);
}

/** Sends the event that reports the result of a disconnect. */
export async function tellEnded(
  receipt: EndReceipt,
  { connectionId, endpoints }: PreparedEnd,
): Promise<void> {
  if (connectionId === null) return;
  const { connectedAccountId } = receipt;
  const type = typeOf(receipt);
  await announce(endpoints, { type, connectionId, connectedAccountId, data: receipt });
}

/** Reads the siblings whose grants a revocation may have ended too. */
export async function probeSiblings(receipt: EndReceipt): Promise<void> {
  if (receipt.proof !== 'revoked' || receipt.siblings.length === 0) return;
  try {
    await ending().probeSiblings(receipt);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn('the siblings were not read', { error: String(error) });
  }
}

function typeOf({ proof, statusAfter }: EndReceipt) {
  if (proof === 'unproven') return 'connection.end_unproven' satisfies EventType;
  if (statusAfter === null) return 'connection.deleted' satisfies EventType;
  if (statusAfter === 'REVOKED') return 'connection.revoked' satisfies EventType;
  return 'connection.end_unproven' satisfies EventType;
}
