import { type Account, isPending } from './account.ts';

/** A redirect URL for one account's user: anyone with `token` can open it. */
export interface Link {
  token: string;
  /** The call that made it: `link` leads to a hosted page, `create` straight to the provider. */
  flow: 'link' | 'create';
  account: Account;
  /** The account's attempt that it belongs to. */
  attempt: number;
  callbackUrl: string | null;
}

/**
 * One authorization at the provider: its `state` for the way back, its PKCE verifier for the
 * exchange.
 */
export interface Authorization {
  link: Link;
  state: string;
  verifier: string;
}

/** Whether the account still waits for a user through this link. */
export function isAwaited({ account, attempt }: Link): boolean {
  return isPending(account) && attempt === account.attempt;
}

export class Links {
  private readonly links = new Map<string, Link>();
  private readonly authorizations = new Map<string, Authorization>();

  add(fields: Omit<Link, 'attempt'>): Link {
    const link = { ...fields, attempt: fields.account.attempt };
    this.links.set(link.token, link);
    return link;
  }

  find(flow: Link['flow'], token: string): Link | undefined {
    const link = this.links.get(token);
    return link?.flow === flow ? link : undefined;
  }

  /** Two tabs may use one link, so each authorization has its own state. */
  begin(authorization: Authorization): void {
    this.authorizations.set(authorization.state, authorization);
  }

  /** Takes the authorization out of the store: a state works once. */
  take(state: string): Authorization | undefined {
    const authorization = this.authorizations.get(state);
    this.authorizations.delete(state);
    return authorization;
  }
}
