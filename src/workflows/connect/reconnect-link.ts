import type { ReconnectAnswer, ReconnectLinkInput } from '../../domain/connect/reconnect-link.ts';
import { orRefused } from '../refusals.ts';
import { minting } from './options.ts';

/**
 * Mints a reconnect link: only a worker has the key for it. One call, one run; it writes nothing, locks
 * nothing, and is over in the time of one list.
 */
export async function reconnectLink(input: ReconnectLinkInput): Promise<ReconnectAnswer> {
  return orRefused(async () => ({ link: await minting().mintReconnectLink(input) }));
}
