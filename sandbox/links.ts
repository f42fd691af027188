import type { Account } from './account.ts';

/** The hosted page of one account: `token` is all that opening it takes. */
export interface Link {
  token: string;
  account: Account;
  callbackUrl: string | null;
}

/** One way through the provider: its `state` on the way back, its PKCE verifier for the exchange. */
export interface Authorization {
  link: Link;
  state: string;
  verifier: string;
}

export class Links {
  private readonly links = new Map<string, Link>();
  private readonly authorizations = new Map<string, Authorization>();

  add(link: Link): void {
    this.links.set(link.token, link);
  }

  find(token: string): Link | undefined {
    return this.links.get(token);
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
