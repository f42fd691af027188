/** What has been opened so far, to be closed in the opposite order. */
export class Opened {
  readonly #closes: (() => Promise<unknown>)[] = [];

  add(close: () => Promise<unknown>): void {
    this.#closes.push(close);
  }

  /** Closes everything, also when a part refuses to; throws then what the first one threw. Safe to repeat. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closes.splice(0).toReversed()) {
      await close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }

  /** Runs what opens more; when it fails, nothing stays open behind it. */
  async orClose<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (error) {
      // The first failure tells what is wrong; that a half-open part would not close adds nothing.
      await this.close().catch(() => undefined);
      throw error;
    }
  }
}
