import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import { hasSameIdentity } from '../../domain/account.ts';
import type { AuthCompletion, AuthSession } from '../../domain/connect/connect.ts';
import { runCalls } from '../shared/call.ts';
import { readAccount } from '../shared/read-account.ts';
import { notYetFailure } from '../shared/failures.ts';

/** What an attempt does to accounts when its own account is ACTIVE, or just before. */
export function createAfterActiveActivities({ api }: { api: ComposioApi }) {
  const readById = (id: string, signal: AbortSignal) => readAccount(api, id, signal);

  return {
    /**
     * Whether two accounts belong to the same identity at the toolkit; null if the API does not
     * say. Only reads.
     */
    async compareIdentities(pair: { connectedAccountId: string; with: string }) {
      return runCalls({ waiting: false }, async (signal) => {
        const [one, other] = await Promise.all([
          readById(pair.connectedAccountId, signal),
          readById(pair.with, signal),
        ]);
        return one && other && hasSameIdentity(one, other);
      });
    },

    /** Sets the caller's alias on an account and reads it back. Safe to repeat. */
    async setAccountAlias(named: { connectedAccountId: string; alias: string }) {
      return runCalls({ waiting: false }, async (signal): Promise<'named' | 'in_use' | 'gone'> => {
        const { connectedAccountId, alias } = named;
        try {
          await api.setAlias(connectedAccountId, alias, signal);
        } catch (error) {
          if (error instanceof ApiError && error.isAliasClash) return 'in_use';
          throw error;
        }
        const account = await readById(connectedAccountId, signal);
        if (account === null) return 'gone';
        if (account.alias === alias) return 'named';
        throw notYetFailure(
          `the alias of account ${account.id} was set, but Composio does not show it yet`,
        );
      });
    },

    /**
     * Completes the authorization at Composio with the user who is signed in where the session came
     * back. Any answer uses up the session. So if an answer was lost, the next try gets `unknown`,
     * and the account shows the result.
     */
    async completeAuth({
      connectedAccountId: ours,
      ...session
    }: AuthSession & { connectedAccountId: string }): Promise<AuthCompletion> {
      return runCalls({ waiting: true }, async (signal) => {
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
