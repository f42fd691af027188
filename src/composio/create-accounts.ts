import { readAuthCompletion, readCreatedAccount, readLink } from './answers.ts';
import type { ComposioApi } from './api.ts';
import { authCompletionBody, accountBody, linkBody } from './requests.ts';
import type { CallContext } from './call.ts';

type AccountCreateCalls = Pick<ComposioApi, 'createLink' | 'createAccount' | 'completeAuth'>;

export function accountCreateCalls({ client, send }: CallContext): AccountCreateCalls {
  return {
    async createLink(link, signal) {
      const body = linkBody(link);
      const answer = await send(
        (options) => client.link.create(body, options),
        signal,
        link.connectionData,
      );
      return readLink(answer);
    },

    async createAccount(account, signal) {
      const body = accountBody(account);
      const { status: _, ...credentials } = account.scheme.val;
      const answer = await send(
        (options) => client.connectedAccounts.create(body, options),
        signal,
        credentials,
      );
      return readCreatedAccount(answer);
    },

    async completeAuth(session, signal) {
      const body = authCompletionBody(session);
      const answer = await send(
        // Composio's client has no method for it yet.
        (options) =>
          client.post('/api/v3.1/connected_accounts/complete_auth', { ...options, body }),
        signal,
        { sessionUri: session.sessionUri },
      );
      return readAuthCompletion(answer);
    },
  };
}
