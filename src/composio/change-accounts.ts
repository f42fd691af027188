import type { ConnectedAccountPatchParams } from '@composio/client/resources/connected-accounts';
import { readPatched, readRefreshed, readRevoked, readSuccess } from './answers.ts';
import type { ComposioApi } from './api.ts';
import { accountId, credentialsBody, refreshParams, sharingBody } from './requests.ts';
import { type Calling, unlessGone } from './call.ts';

type ChangingCalls = Pick<
  ComposioApi,
  | 'setAlias'
  | 'patchCredentials'
  | 'setSharing'
  | 'setEnabled'
  | 'revokeAccount'
  | 'refreshAccount'
  | 'deleteAccount'
>;

export function changingCalls({ client, send }: Calling): ChangingCalls {
  async function patch(
    connectedAccountId: string,
    body: ConnectedAccountPatchParams,
    signal: AbortSignal | undefined,
    given?: Record<string, unknown>,
  ) {
    const id = accountId(connectedAccountId);
    return unlessGone(async () => {
      const answer = await send(
        (options) => client.connectedAccounts.patch(id, body, options),
        signal,
        given,
      );
      return readPatched(answer, id);
    });
  }

  return {
    async setAlias(connectedAccountId, alias, signal) {
      return patch(connectedAccountId, { alias }, signal);
    },

    async patchCredentials(connectedAccountId, change, signal) {
      const { status: _, ...credentials } = change.val;
      return patch(connectedAccountId, credentialsBody(change), signal, credentials);
    },

    async setSharing(connectedAccountId, sharing, signal) {
      return patch(connectedAccountId, sharingBody(sharing), signal);
    },

    async setEnabled(connectedAccountId, enabled, signal) {
      const id = accountId(connectedAccountId);
      const answer = await send(
        (options) => client.connectedAccounts.updateStatus(id, { enabled }, options),
        signal,
      );
      return readSuccess(answer);
    },

    async revokeAccount(connectedAccountId, signal) {
      const id = accountId(connectedAccountId);
      const answer = await send((options) => client.connectedAccounts.revoke(id, options), signal);
      return readRevoked(answer, id);
    },

    async refreshAccount(connectedAccountId, options = {}, signal) {
      const id = accountId(connectedAccountId);
      const params = refreshParams(options);
      return unlessGone(async () => {
        const answer = await send(
          (request) => client.connectedAccounts.refresh(id, params, request),
          signal,
          { redirectUrl: options.redirectUrl },
        );
        return readRefreshed(answer, id);
      });
    },

    async deleteAccount(connectedAccountId, { revokeOnDelete }, signal) {
      const id = accountId(connectedAccountId);
      const query = revokeOnDelete ? { revoke_on_delete: true } : {};
      const answered = await unlessGone(async () => {
        const answer = await send(
          (options) => client.connectedAccounts.delete(id, query, options),
          signal,
        );
        return readSuccess(answer);
      });
      return answered ?? { requestId: null };
    },
  };
}
