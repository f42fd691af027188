/** A set of small whole numbers, a bit each: a million of them take 125 KB. */
export class Bits {
  private words = new Uint32Array(32);

  add(n: number): void {
    const at = n >>> 5;
    if (at >= this.words.length) {
      const larger = new Uint32Array(Math.max(at + 1, this.words.length * 2));
      larger.set(this.words);
      this.words = larger;
    }
    this.words[at] = this.word(at) | (1 << (n & 31));
  }

  delete(n: number): void {
    const at = n >>> 5;
    if (at < this.words.length) this.words[at] = this.word(at) & ~(1 << (n & 31));
  }

  /** The numbers from `32 * at` on, as bits; zero beyond the end. */
  word(at: number): number {
    return this.words[at] ?? 0;
  }

  /** How many words there are. */
  get length(): number {
    return this.words.length;
  }
}
