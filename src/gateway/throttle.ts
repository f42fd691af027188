/** At most `most` passes per key and `windowMs`, in this process, in bounded memory. */
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

  /** Whether this one passes; it then counts. One that does not pass is not counted. */
  pass(key: string): boolean {
    const now = Date.now();
    const recent = (this.#passes.get(key) ?? []).filter((at) => at > now - this.#windowMs);
    if (recent.length >= this.#most) return false;
    // Taken out and put back, a key goes to the end of the map: the first one is the longest untouched.
    this.#passes.delete(key);
    this.#passes.set(key, [...recent, now]);
    if (this.#passes.size > this.#keys) {
      const [oldest = key] = this.#passes.keys();
      this.#passes.delete(oldest);
    }
    return true;
  }
}
