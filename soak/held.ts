import { CloseStack } from '../src/process/close-stack.ts';

/**
 * Everything that a soak has open. After its end nothing more can be opened, as nothing would close
 * it.
 */
export class Held extends CloseStack {
  #isClosed = false;

  override add(close: () => Promise<unknown>): void {
    if (this.#isClosed) {
      void close().catch(() => undefined);
      throw new Error('nothing can be opened any more: the soak has ended');
    }
    super.add(close);
  }

  override close(): Promise<void> {
    this.#isClosed = true;
    return super.close();
  }
}
