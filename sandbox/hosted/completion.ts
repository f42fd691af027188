import type { Account } from '../account.ts';
import { exchange, exchangeFailed, mayBecomeActive } from '../exchange.ts';
import type { Values } from '../fields.ts';
import { type Authorization, isAwaited, type Link } from '../links.ts';
import type { State } from '../state.ts';

/** The result of an attempt, for the person at the browser. */
export type Ending =
  | { kind: 'success' }
  | { kind: 'failed'; error: string }
  | { kind: 'invalid'; text: string }
  /** Not known yet: the project's verifier decides. */
  | { kind: 'verify'; verifierUrl: string; sessionUri: string };

const person = { by: 'person', requestId: null } as const;
const late = 'The connection was not completed in time';

/** Takes the provider's answer; `search` is the query that the browser came with. */
export function complete(
  state: State,
  authorization: Authorization,
  search: string,
): Promise<Ending> {
  const { link } = authorization;
  const { account } = link;
  const error = new URLSearchParams(search).get('error');
  return state.locks.run(account.id, async (): Promise<Ending> => {
    // A denial leaves nothing to verify, so it skips the verifier.
    if (error !== null) return refuse(state, link, error);
    const { verifierUrl } = state.settings;
    if (verifierUrl !== null && mayBecomeActive(state, link)) {
      return { kind: 'verify', verifierUrl, sessionUri: hold(state, authorization, search) };
    }
    switch (await exchange(state, authorization, search, person)) {
      case 'active':
        return { kind: 'success' };
      case 'refused':
        return { kind: 'failed', error: exchangeFailed };
      case 'late':
        return tooLate(account);
    }
  });
}

/** Stores the values that a person typed. */
export function completeWithValues(state: State, link: Link, values: Values): Ending {
  state.accounts.expireDue();
  const { account } = link;
  if (!isAwaited(link)) return tooLate(account);
  account.values = values;
  state.accounts.setStatus(account, 'ACTIVE', null, person);
  return { kind: 'success' };
}

/** The person denied, here or at the provider. */
export function refuse(state: State, link: Link, error: string): Ending {
  state.accounts.expireDue();
  const { account } = link;
  if (!isAwaited(link)) return tooLate(account);
  const text = `${error}: The person denied access`;
  if (state.settings.deniedStatus === 'FAILED') {
    state.accounts.setStatus(account, 'FAILED', text, person);
  }
  return { kind: 'failed', error: text };
}

function hold(state: State, authorization: Authorization, search: string): string {
  const uri = state.secrets.note(`${state.url}/sessions/${state.secrets.make('vs_')}`);
  state.sessions.add(uri, { authorization, search }, state.clock.now());
  return uri;
}

function tooLate(account: Account): Ending {
  if (account.deleted) return { kind: 'invalid', text: 'This connection was canceled.' };
  if (account.status === 'EXPIRED') return { kind: 'failed', error: late };
  return { kind: 'invalid', text: 'This link was used already.' };
}
