import type { CallbackHint, ConnectView } from '../domain/connection.ts';
import type { Memory } from '../domain/settle.ts';
import { maxVerifications } from '../domain/timings.ts';

/** What an attempt has been told from outside so far. None of it is believed; all of it wakes. */
export class Heard {
  cancelRequested = false;
  /** How many reads were asked for, by callbacks and by a look that found no row. */
  readsWanted = 0;
  /** Who the backend says was signed in where the browser came back; or Composio, by its verifier. */
  confirmedBy: string | null = null;
  #last: CallbackHint | null = null;
  #codes: { hash: string; until: number; asked: number }[] = [];

  /** A hint that names another account than the attempt's own is none; before there is one, all are taken. */
  callback(hint: CallbackHint | undefined, view: ConnectView): void {
    if (!isAbout(hint, view.connectedAccountId)) return;
    view.callbacks++;
    this.readsWanted++;
    this.#last = hint ?? null;
    // A code is worth something only beside a read that comes after it.
    const willBeRead = view.phase === 'confirming' || view.verifications < maxVerifications;
    if (!hint?.code || !willBeRead) return;
    const { hash, expiresAt } = hint.code;
    this.#codes.push({ hash, until: Date.parse(expiresAt), asked: this.readsWanted });
  }

  holds(codeHash: string): boolean {
    return this.#codes.some(({ hash, until }) => hash === codeHash && until > Date.now());
  }

  /** Takes what a code is good for, once. */
  confirm(codeHash: string, userId: string): boolean {
    const known = this.holds(codeHash);
    this.#codes = this.#codes.filter(({ hash }) => hash !== codeHash);
    if (known) this.confirmedBy = userId;
    return known;
  }

  /**
   * A browser that came back before the account was ACTIVE has finished nothing: whoever knows the
   * callback URL can come back early, and would hold a code for what another finishes.
   */
  forgetCodes(asked: number): void {
    this.#codes = this.#codes.filter((code) => code.asked > asked);
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
