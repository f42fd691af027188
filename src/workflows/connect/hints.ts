import type { CallbackHint, ConnectView } from '../../domain/connect/connect.ts';
import type { AttemptMemory } from '../../domain/connect/judge-reading.ts';

/**
 * The messages that an attempt has received. Each wakes the run, and `waitForVerdict` then reads the
 * account: none is believed without a read.
 */
export class AttemptHints {
  isCancelRequested = false;
  /** How many reads callbacks, and looks that found no account, have requested. */
  readsWanted = 0;
  /** The user that the backend, or Composio's verifier, saw in the browser that came back. */
  confirmedBy: string | null = null;
  /**
   * Two returns had no cookie in common, so more than one browser came back. Anyone who knows the
   * callback URL can come back, and nothing shows which browser gave the consent. So no
   * confirmation counts any more.
   */
  isDoubtful = false;
  #last: CallbackHint | null = null;
  /** Hashes of the codes that browsers have, and when they expire. */
  readonly #codes = new Map<string, number>();
  /** The cookies of each return of a browser. */
  readonly #browsers: (readonly string[])[] = [];

  /** A hint about another account is ignored. Before the attempt has an account, every hint counts. */
  recordCallback(hint: CallbackHint | undefined, view: ConnectView): void {
    // Each callback shows that a browser came back, even one that is ignored.
    if (hint?.code) this.#addBrowser(hint.code.cookies);
    if (!isAbout(hint, view.connectedAccountId)) return;
    view.callbacks++;
    this.readsWanted++;
    this.#last = hint ?? null;
    if (hint?.code) this.#codes.set(hint.code.hash, Date.parse(hint.code.expiresAt));
  }

  hasCode(codeHash: string): boolean {
    return (this.#codes.get(codeHash) ?? 0) > Date.now();
  }

  /** Accepts a code once: this user came back. */
  redeemCode(codeHash: string, userId: string): boolean {
    if (!this.hasCode(codeHash)) return false;
    this.#codes.delete(codeHash);
    this.confirmedBy = userId;
    return true;
  }

  /** What the judgment of a reading needs beside the reading. */
  memoryOf({ status, connectedAccountId }: ConnectView): AttemptMemory {
    const isLastAbout = this.#last !== null && isAbout(this.#last, connectedAccountId);
    return { lastStatus: status, isDenied: isLastAbout && this.#last?.status === 'failed' };
  }

  #addBrowser(cookies: readonly string[]): void {
    const hasSharedCookie = (other: readonly string[]) =>
      other.some((one) => cookies.includes(one));
    this.isDoubtful ||= !this.#browsers.every(hasSharedCookie);
    this.#browsers.push(cookies);
  }
}

function isAbout(hint: CallbackHint | undefined, connectedAccountId: string | null): boolean {
  const id = hint?.connectedAccountId ?? connectedAccountId;
  return connectedAccountId === null || id === connectedAccountId;
}
