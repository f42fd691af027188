import type { ConnectedAccountPatchParams } from '@composio/client/resources/connected-accounts';
import {
  readPatchedStatus,
  readRefreshResult,
  readRevocation,
  readAcknowledgement,
} from './answers.ts';
import type { ComposioApi } from './api.ts';
import { parseAccountId, credentialsBody, refreshParams, sharingBody } from './requests.ts';
import { type CallContext, nullIfGone } from './call.ts';

type AccountChangeCalls = Pick<
  ComposioApi,
  | 'setAlias'
  | 'patchCredentials'
  | 'setSharing'
  | 'setEnabled'
  | 'revokeAccount'
  | 'refreshAccount'
  | 'deleteAccount'
>;

export function accountChangeCalls({ client, send }: CallContext): AccountChangeCalls {
  async function patchAccount(
    connectedAccountId: string,
    body: ConnectedAccountPatchParams,
    signal: AbortSignal | undefined,
    given?: Record<string, unknown>,
  ) {
    const id = parseAccountId(connectedAccountId);
    return nullIfGone(async () => {
      const answer = await send(
        (options) => client.connectedAccounts.patch(id, body, options),
        signal,
        given,
      );
      return readPatchedStatus(answer, id);
    });
  }

  return {
    async setAlias(connectedAccountId, alias, signal) {
      return patchAccount(connectedAccountId, { alias }, signal);
    },

    async patchCredentials(connectedAccountId, change, signal) {
      const { status: _, ...credentials } = change.val;
      return patchAccount(connectedAccountId, credentialsBody(change), signal, credentials);
    },

    async setSharing(connectedAccountId, sharing, signal) {
      return patchAccount(connectedAccountId, sharingBody(sharing), signal);
    },

    async setEnabled(connectedAccountId, enabled, signal) {
      const id = parseAccountId(connectedAccountId);
      const answer = await send(
        (options) => client.connectedAccounts.updateStatus(id, { enabled }, options),
        signal,
      );
      return readAcknowledgement(answer);
    },

    async revokeAccount(connectedAccountId, signal) {
      const id = parseAccountId(connectedAccountId);
      const answer = await send((options) => client.connectedAccounts.revoke(id, options), signal);
      return readRevocation(answer, id);
    },

    async refreshAccount(connectedAccountId, options = {}, signal) {
      const id = parseAccountId(connectedAccountId);
      const params = refreshParams(options);
      return nullIfGone(async () => {
        const answer = await send(
          (request) => client.connectedAccounts.refresh(id, params, request),
          signal,
          { redirectUrl: options.redirectUrl },
        );
        return readRefreshResult(answer, id);
      });
    },

    async deleteAccount(connectedAccountId, { revokeOnDelete }, signal) {
      const id = parseAccountId(connectedAccountId);
      const query = revokeOnDelete ? { revoke_on_delete: true } : {};
      const acknowledgement = await nullIfGone(async () => {
        const answer = await send(
          (options) => client.connectedAccounts.delete(id, query, options),
          signal,
        );
        return readAcknowledgement(answer);
      });
      return acknowledgement ?? { requestId: null };
    },
  };
}
