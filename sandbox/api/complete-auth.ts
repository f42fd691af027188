import { z } from 'zod';
import { exchange, mayBecomeActive } from '../exchange.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { parseBody } from './body.ts';
import { badRequest, sessionNotFound } from './errors.ts';

const bodySchema = z.object({ session_uri: z.string().min(1), user_id: z.string().min(1) });

/**
 * Finishes a consent that was sent to the project's verifier, if `user_id` owns the account. Any
 * call uses the session up, including one with a wrong user.
 */
export async function completeAuth(
  state: State,
  input: unknown,
  cause: Cause,
): Promise<{ connected_account_id: string; toolkit_slug: string }> {
  const { session_uri, user_id } = parseBody(bodySchema, input);
  const session = state.sessions.take(session_uri, state.clock.now());
  if (!session) throw sessionNotFound('Session not found, expired or already used');
  const { authorization, search } = session;
  const { link } = authorization;
  const { account } = link;
  return state.locks.run(account.id, async () => {
    if (user_id !== account.userId && mayBecomeActive(state, link)) {
      state.accounts.setStatus(account, 'FAILED', 'IDENTITY_VERIFICATION_FAILED', cause);
      throw badRequest('identity mismatch');
    }
    switch (await exchange(state, authorization, search, cause)) {
      case 'active':
        return { connected_account_id: account.id, toolkit_slug: account.authConfig.toolkit };
      case 'refused':
        throw sessionNotFound('authorization expired, restart the flow');
      case 'late':
        throw sessionNotFound('The connected account no longer waits for this session');
    }
  });
}
