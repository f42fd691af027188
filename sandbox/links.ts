import { type Account, isPending } from './account.ts';

/** A way in for one account's user: `token` is all that opening it takes. */
export interface Link {
  token: string;
  /** The call that made it: `link` leads to a hosted page, `create` straight on to the provider. */
  flow: 'link' | 'create';
  account: Account;
  /** Which of the account's attempts it is for. */
  attempt: number;
  callbackUrl: string | null;
}

/** One way through the provider: its `state` on the way back, its PKCE verifier for the exchange. */
export interface Authorization {
  link: Link;
  state: string;
  verifier: string;
}

/** Whether the account still waits for somebody to come through this link. */
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

  /** A link may be gone through in two tabs, so each way has its own state. */
  begin(authorization: Authorization): void {
    this.authorizations.set(authorization.state, authorization);
  }

  /** Takes the authorization away: a state counts once. */
  take(state: string): Authorization | undefined {
    const authorization = this.authorizations.get(state);
    this.authorizations.delete(state);
    return authorization;
  }
}
