import type { CallbackHint, ConnectView } from '../domain/connection.ts';
import type { Memory } from '../domain/settle.ts';

/** What an attempt has been told from outside so far. None of it is believed; all of it wakes. */
export class Heard {
  cancelRequested = false;
  /** How many reads were asked for, by callbacks and by a look that found no row. */
  readsWanted = 0;
  #last: CallbackHint | null = null;

  /** A hint that names another account than the attempt's own is none; before there is one, all are taken. */
  callback(hint: CallbackHint | undefined, view: ConnectView): void {
    if (!isAbout(hint, view.connectedAccountId)) return;
    view.callbacks++;
    this.readsWanted++;
    this.#last = hint ?? null;
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
