import { ActivityFailure } from '@temporalio/workflow';
import type { ReconnectAnswer, ReconnectLinkInput } from '../domain/reconnect.ts';
import { asRefused } from './joining.ts';
import { minting } from './options.ts';

/**
 * Mints a reconnect link: only a worker has the key for it. One call, one run; it writes nothing, locks
 * nothing, and is over in the time of one list.
 */
export async function reconnectLink(input: ReconnectLinkInput): Promise<ReconnectAnswer> {
  try {
    return { link: await minting().mintReconnectLink(input) };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { refused: asRefused(error) };
  }
}
