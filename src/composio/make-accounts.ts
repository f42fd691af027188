import { readCompleted, readCreated, readLink } from './answers.ts';
import type { ComposioApi } from './api.ts';
import { completeBody, createBody, linkBody } from './requests.ts';
import type { Calling } from './call.ts';

type MakingCalls = Pick<ComposioApi, 'createLink' | 'createAccount' | 'completeAuth'>;

export function makingCalls({ client, send }: Calling): MakingCalls {
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
      const body = createBody(account);
      const { status: _, ...credentials } = account.scheme.val;
      const answer = await send(
        (options) => client.connectedAccounts.create(body, options),
        signal,
        credentials,
      );
      return readCreated(answer);
    },

    async completeAuth(session, signal) {
      const body = completeBody(session);
      const answer = await send(
        // The client has no method for it yet.
        (options) =>
          client.post('/api/v3.1/connected_accounts/complete_auth', { ...options, body }),
        signal,
        { sessionUri: session.sessionUri },
      );
      return readCompleted(answer);
    },
  };
}
