import type { CallbackHint, ConnectView } from '../domain/connection.ts';
import type { Memory } from '../domain/settle.ts';

/** What an attempt has been told from outside so far. None of it is believed; all of it wakes. */
export class Heard {
  cancelRequested = false;
  /** How many reads were asked for, by callbacks and by a look that found no row. */
  readsWanted = 0;
  /** Who the backend says was signed in where the browser came back; or Composio, by its verifier. */
  confirmedBy: string | null = null;
  #last: CallbackHint | null = null;
  /** Hashes of the codes that were given away, and when they end. */
  readonly #codes = new Map<string, number>();
  readonly #browsers = new Set<string>();

  /** A hint that names another account than the attempt's own is none; before there is one, all are taken. */
  callback(hint: CallbackHint | undefined, view: ConnectView): void {
    if (!isAbout(hint, view.connectedAccountId)) return;
    view.callbacks++;
    this.readsWanted++;
    this.#last = hint ?? null;
    if (!hint?.code) return;
    const { hash, expiresAt, browser } = hint.code;
    this.#browsers.add(browser);
    this.#codes.set(hash, Date.parse(expiresAt));
  }

  /**
   * More than one browser came back. Who knows the callback URL can come back as well as who has
   * finished, and nothing tells which is which: so nobody's word counts then.
   */
  get isDoubtful(): boolean {
    return this.#browsers.size > 1;
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
  memory({ status, connectedAccountId }: ConnectView): Memory {
    const about = this.#last !== null && isAbout(this.#last, connectedAccountId);
    return { lastStatus: status, denied: about && this.#last?.status === 'failed' };
  }
}

function isAbout(hint: CallbackHint | undefined, connectedAccountId: string | null): boolean {
  const id = hint?.connectedAccountId ?? connectedAccountId;
  return connectedAccountId === null || id === connectedAccountId;
}
