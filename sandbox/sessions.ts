import type { Authorization } from './links.ts';

/** A consent that waits for the project's verifier: the provider's answer, not yet exchanged. */
interface Session {
  authorization: Authorization;
  search: string;
}

const lifeMs = 600_000; // the contract's ten minutes (§1.11)

export class Sessions {
  private readonly sessions = new Map<string, Session & { expiresAt: number }>();

  add(uri: string, session: Session, now: number): void {
    this.sessions.set(uri, { ...session, expiresAt: now + lifeMs });
  }

  /** Takes the session out of the store: it works once. */
  take(uri: string, now: number): Session | undefined {
    const session = this.sessions.get(uri);
    this.sessions.delete(uri);
    return session && session.expiresAt > now ? session : undefined;
  }
}
