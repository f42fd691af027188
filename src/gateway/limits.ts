/** Allows `most` calls per key and `windowMs`, in this process, in bounded memory. */
export class Throttle {
  readonly #passes = new Map<string, number[]>();
  readonly #most: number;
  readonly #windowMs: number;
  readonly #keys: number;

  constructor({ most, windowMs, keys }: { most: number; windowMs: number; keys: number }) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#keys = keys;
  }

  /** Whether this call is allowed. Only allowed calls count. */
  tryAcquire(key: string): boolean {
    const now = Date.now();
    const recent = (this.#passes.get(key) ?? []).filter((at) => at > now - this.#windowMs);
    if (recent.length >= this.#most) return false;
    // Delete and set move a key to the end of the map, so the first key is the least recently used.
    this.#passes.delete(key);
    this.#passes.set(key, [...recent, now]);
    if (this.#passes.size > this.#keys) {
      const [oldest = key] = this.#passes.keys();
      this.#passes.delete(oldest);
    }
    return true;
  }
}

interface Call<T> {
  answer: Promise<T>;
  waiting: number;
  stop: AbortController;
}

/** At most one call at a time for each key: callers that join while it runs share its answer. */
export class SharedCalls<T> {
  readonly #running = new Map<string, Call<T>>();

  /**
   * Waits for the answer, or until `late` rejects. Aborts the call when the last caller stops
   * waiting.
   */
  async startOrJoin(
    key: string,
    call: (signal: AbortSignal) => Promise<T>,
    late?: Promise<never>,
  ): Promise<T> {
    const running = this.#running.get(key) ?? this.#startCall(key, call);
    running.waiting++;
    try {
      return await (late === undefined ? running.answer : Promise.race([running.answer, late]));
    } finally {
      running.waiting--;
      if (running.waiting === 0) this.#abortCall(key, running);
    }
  }

  #startCall(key: string, call: (signal: AbortSignal) => Promise<T>): Call<T> {
    const stop = new AbortController();
    const running: Call<T> = { answer: call(stop.signal), waiting: 0, stop };
    this.#running.set(key, running);
    return running;
  }

  #abortCall(key: string, running: Call<T>): void {
    this.#running.delete(key);
    running.stop.abort();
  }
}
