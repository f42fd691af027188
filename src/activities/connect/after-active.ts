import { ApplicationFailure } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import { sameIdentity } from '../../domain/account.ts';
import type { AuthCompletion, AuthSession } from '../../domain/connect/connect.ts';
import { calling } from '../shared/call.ts';
import { readAccount } from '../shared/read-account.ts';

/** What is done to accounts once an attempt's own is ACTIVE, or on the way to it. */
export function createSettlingActivities({ api }: { api: ComposioApi }) {
  const read = (id: string, signal: AbortSignal) => readAccount(api, id, signal);

  return {
    /** Whether two accounts are of one person at the toolkit; null when the API does not tell. Only reads. */
    async compareIdentity(pair: { connectedAccountId: string; with: string }) {
      return calling({ waiting: false }, async (signal) => {
        const [one, other] = await Promise.all([
          read(pair.connectedAccountId, signal),
          read(pair.with, signal),
        ]);
        return one && other && sameIdentity(one, other);
      });
    },

    /** Gives an account its caller's alias and reads it back. Safe to repeat. */
    async nameAccount(named: { connectedAccountId: string; alias: string }) {
      return calling({ waiting: false }, async (signal): Promise<'named' | 'in_use' | 'gone'> => {
        const { connectedAccountId, alias } = named;
        try {
          await api.setAlias(connectedAccountId, alias, signal);
        } catch (error) {
          if (error instanceof ApiError && error.isAliasClash) return 'in_use';
          throw error;
        }
        const account = await read(connectedAccountId, signal);
        if (account === null) return 'gone';
        return account.alias === alias ? 'named' : notYet('named, and not read so');
      });
    },

    /**
     * Tells Composio who is signed in where a session came back. A session is used up by any answer, so
     * one whose answer was lost is `unknown` at the next try; the account tells how it went.
     */
    async completeAuth({
      connectedAccountId: ours,
      ...session
    }: AuthSession & { connectedAccountId: string }): Promise<AuthCompletion> {
      return calling({ waiting: true }, async (signal) => {
        try {
          const { connectedAccountId } = await api.completeAuth(session, signal);
          return connectedAccountId === ours ? 'verified' : 'unknown';
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          if (error.status === 400) return 'mismatch';
          if (error.status === 404) return 'unknown';
          throw error;
        }
      });
    },
  };
}

/** The API said yes and does not show it: asked again later. */
function notYet(message: string): never {
  throw ApplicationFailure.create({ type: 'NOT_YET', message });
}
