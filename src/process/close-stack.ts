/** What has been opened so far. `close` closes it in reverse order. */
export class CloseStack {
  readonly #closes: (() => Promise<unknown>)[] = [];

  add(close: () => Promise<unknown>): void {
    this.#closes.push(close);
  }

  /**
   * Closes everything, even if closing one part fails; then throws the first error. Safe to repeat.
   */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closes.splice(0).toReversed()) {
      await close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }

  /** Runs a function that opens more. If it fails, everything is closed. */
  async closeOnFailure<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (error) {
      // The first error names the cause. A part that does not close after it adds no information.
      await this.close().catch(() => undefined);
      throw error;
    }
  }
}
