import { randomBytes } from 'node:crypto';
import { isCredential } from './fields.ts';

/**
 * Remembers every secret ever issued or given, so that tests can search logs and histories for
 * them.
 */
export class Secrets {
  private readonly known = new Set<string>();

  /** Records a secret from elsewhere and returns it. */
  note(secret: string): string {
    if (secret === '') return secret;
    this.known.add(secret);
    // Quotes and line ends look different inside JSON, where a leak is most likely.
    this.known.add(JSON.stringify(secret).slice(1, -1));
    return secret;
  }

  /** Records every text among the values that is not known to be harmless, at any depth. */
  noteValues(values: unknown): void {
    if (typeof values !== 'object' || values === null) return;
    for (const [name, value] of Object.entries(values)) {
      if (!isCredential(name)) continue;
      if (typeof value === 'string') this.note(value);
      else this.noteValues(value);
    }
  }

  make(prefix: string): string {
    return this.note(`${prefix}${randomBytes(24).toString('base64url')}`);
  }

  all(): string[] {
    return [...this.known];
  }
}
