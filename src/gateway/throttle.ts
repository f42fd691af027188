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
