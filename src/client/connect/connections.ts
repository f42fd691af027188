import type { Given } from '../../domain/defined.ts';
import { MooringError } from '../../domain/errors.ts';
import { connectWorkflowId } from '../../domain/hashed-ids.ts';
import { parseConnectionId } from '../../domain/ids.ts';
import type { ReconnectLink, ReconnectLinkInput } from '../../domain/connect/reconnect-link.ts';
import { parseReconnectLinkInput } from '../../domain/connect/schemas.ts';
import type { ClientCore } from '../shared/core.ts';
import { type AttemptFilter, type AttemptSummary, listAttempts } from './attempts.ts';
import { ConnectionHandle } from './connection-handle.ts';
import { mintReconnectLink } from './reconnect-link.ts';

/** The connections of your users. `mooring.connectUser` starts one. */
export class Connections {
  readonly #core: ClientCore;

  constructor(core: ClientCore) {
    this.#core = core;
  }

  /**
   * The connection of this id. Every call on the handle uses the newest attempt of the connection.
   * The handle itself makes no call. ERR_INVALID_INPUT if the id is not one that `connectUser`
   * returns.
   *
   * ```ts
   * const outcome = await mooring.connections.get(connectionId).result({ timeoutMs: 600_000 });
   * ```
   */
  get(connectionId: string): ConnectionHandle {
    const { temporal, context } = this.#core;
    const key = parseConnectionId(connectionId);
    if (key === null) {
      const message = 'connectionId: is not one that connectUser has answered';
      throw new MooringError('ERR_INVALID_INPUT', message, { field: 'connectionId' });
    }
    return new ConnectionHandle(temporal, connectWorkflowId(key, context.idKey));
  }

  /**
   * Lists attempts, newest first, from Temporal's visibility. The list is seconds behind: use it to
   * look, not to decide. ERR_TEMPORAL_UNAVAILABLE while iterating; safe to repeat.
   *
   * ```ts
   * for await (const attempt of mooring.connections.list({ userId: 'user_123', open: true })) {
   *   console.log(attempt.connectionId, attempt.phase);
   * }
   * ```
   */
  list(filter: AttemptFilter = {}): AsyncIterable<AttemptSummary> {
    const { temporal, context } = this.#core;
    return listAttempts(temporal, filter, context.idKey);
  }

  /**
   * Creates a link of Mooring that is valid for days, for a connection whose account cannot be used
   * any more. Send it by mail, or show it where the app asks its user to connect again. The link
   * opens a page with one button, and the button leads to a fresh link of ten minutes. Safe to
   * repeat: every call returns another link, and all of them work until one has been used.
   *
   * ```ts
   * const returnUrl = 'https://app.example/done';
   * const { url } = await mooring.connections.createReconnectLink({ connectionId, returnUrl });
   * ```
   *
   * Throws MooringError: ERR_INVALID_INPUT if the input breaks a rule (`returnUrl` is required
   * unless `confirm` is `none`) or if there is no gateway; ERR_ALREADY_CONNECTED and
   * ERR_ACCOUNT_NOT_FOUND if there is nothing to replace; ERR_UNAUTHORIZED; ERR_API_UNAVAILABLE,
   * ERR_NO_WORKER or ERR_TEMPORAL_UNAVAILABLE (after 20 s) if Composio, the workers or Temporal do
   * not answer.
   */
  async createReconnectLink(input: Given<ReconnectLinkInput>): Promise<ReconnectLink> {
    const { temporal, context } = this.#core;
    return mintReconnectLink(temporal, parseReconnectLinkInput(input), context);
  }
}
