import type { ReconnectAnswer, ReconnectLinkInput } from '../../domain/connect/reconnect-link.ts';
import { catchRefusal } from '../refusals.ts';
import { reconnectActivities } from './options.ts';

/**
 * Makes a reconnect link, because only a worker has the key for it. Each call has a run of its own,
 * which writes and locks nothing and takes as long as one list call.
 */
export async function reconnectLink(input: ReconnectLinkInput): Promise<ReconnectAnswer> {
  return catchRefusal(async () => ({ link: await reconnectActivities().mintReconnectLink(input) }));
}
