import { ActivityFailure, log } from '@temporalio/workflow';
import type { PreparedEnd } from '../activities/index.ts';
import type { EndReceipt } from '../domain/ending.ts';
import type { EventType } from '../domain/events.ts';
import { announce } from './announce.ts';
import { ending } from './options.ts';

/**
 * Tells the backend how an end came out. Of an account that a new one has replaced, and of an attempt's, the
 * outcome of that attempt tells; only that a grant may live on is news.
 */
export async function tellEnded(
  receipt: EndReceipt,
  { connectionId, endpoints }: PreparedEnd,
): Promise<void> {
  const { reason, proof, siblings, connectedAccountId, statusAfter } = receipt;
  const wasAsked = reason === 'disconnect' || reason === 'offboarding';
  const type = typeOf(receipt);
  const isNews = wasAsked || (reason === 'superseded' && statusAfter !== null);
  if (proof === 'revoked' && siblings.length > 0) await probe(receipt);
  if (connectionId !== null && isNews) {
    await announce(endpoints, { type, connectionId, connectedAccountId, data: receipt });
  }
}

async function probe(receipt: EndReceipt): Promise<void> {
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
