/** A set of small whole numbers, one bit each: a million of them take 125 KB. */
export class Bits {
  words = new Uint32Array(32);

  add(n: number): void {
    const at = n >>> 5;
    if (at >= this.words.length) {
      const larger = new Uint32Array(Math.max(at + 1, this.words.length * 2));
      larger.set(this.words);
      this.words = larger;
    }
    this.words[at] = (this.words[at] ?? 0) | (1 << (n & 31));
  }

  delete(n: number): void {
    const at = n >>> 5;
    if (at < this.words.length) this.words[at] = (this.words[at] ?? 0) & ~(1 << (n & 31));
  }
}

/** The words of the union of the sets. */
export function union([first = new Bits(), ...others]: readonly Bits[]): Uint32Array {
  if (others.length === 0) return first.words;
  const length = Math.max(first.words.length, ...others.map(({ words }) => words.length));
  const all = new Uint32Array(length);
  for (const { words } of [first, ...others]) {
    for (let at = 0; at < words.length; at++) all[at] = (all[at] ?? 0) | (words[at] ?? 0);
  }
  return all;
}

/** The words of the intersection of both. */
export function intersection(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(Math.min(a.length, b.length));
  for (let at = 0; at < both.length; at++) both[at] = (a[at] ?? 0) & (b[at] ?? 0);
  return both;
}

/** How many bits of a word are set, counted in parallel. */
export function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x5555_5555);
  n = (n & 0x3333_3333) + ((n >>> 2) & 0x3333_3333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
