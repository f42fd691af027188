import type { CallbackHint, ConnectView } from '../../domain/connect/connect.ts';
import type { AttemptMemory } from '../../domain/connect/judge-reading.ts';

/** What an attempt has been told from outside so far. None of it is believed; all of it wakes. */
export class Heard {
  cancelRequested = false;
  /** How many reads were asked for, by callbacks and by a look that found no row. */
  readsWanted = 0;
  /** Who the backend says was signed in where the browser came back; or Composio, by its verifier. */
  confirmedBy: string | null = null;
  /**
   * Two returns had no cookie in common, so more than one browser came back. Anybody who knows the callback URL can
   * come back, and nothing shows which browser has finished the consent. So no confirmation counts any more.
   */
  isDoubtful = false;
  #last: CallbackHint | null = null;
  /** Hashes of the codes that were given away, and when they end. */
  readonly #codes = new Map<string, number>();
  /** The cookies that each return of a browser came with. */
  readonly #browsers: (readonly string[])[] = [];

  /** A hint that names another account than the attempt's own is none; before there is one, all are taken. */
  callback(hint: CallbackHint | undefined, view: ConnectView): void {
    // Whatever it says, it shows that a browser came back.
    if (hint?.code) this.#meet(hint.code.cookies);
    if (!isAbout(hint, view.connectedAccountId)) return;
    view.callbacks++;
    this.readsWanted++;
    this.#last = hint ?? null;
    if (hint?.code) this.#codes.set(hint.code.hash, Date.parse(hint.code.expiresAt));
  }

  holds(codeHash: string): boolean {
    return (this.#codes.get(codeHash) ?? 0) > Date.now();
  }

  /** Takes what a code is good for, once. */
  confirm(codeHash: string, userId: string): boolean {
    if (!this.holds(codeHash)) return false;
    this.#codes.delete(codeHash);
    this.confirmedBy = userId;
    return true;
  }

  /** What a reading is judged by, beside itself. */
  memory({ status, connectedAccountId }: ConnectView): AttemptMemory {
    const about = this.#last !== null && isAbout(this.#last, connectedAccountId);
    return { lastStatus: status, denied: about && this.#last?.status === 'failed' };
  }

  #meet(cookies: readonly string[]): void {
    const shares = (other: readonly string[]) => other.some((one) => cookies.includes(one));
    this.isDoubtful ||= !this.#browsers.every(shares);
    this.#browsers.push(cookies);
  }
}

function isAbout(hint: CallbackHint | undefined, connectedAccountId: string | null): boolean {
  const id = hint?.connectedAccountId ?? connectedAccountId;
  return connectedAccountId === null || id === connectedAccountId;
}
