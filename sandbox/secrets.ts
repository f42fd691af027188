import { randomBytes } from 'node:crypto';

/** Remembers every secret ever issued, so that tests can search logs and histories for them. */
export class Secrets {
  private readonly issued = new Set<string>();

  /** Notes a secret that came from elsewhere and gives it back. */
  note(secret: string): string {
    if (secret !== '') this.issued.add(secret);
    return secret;
  }

  make(prefix: string): string {
    return this.note(`${prefix}${randomBytes(24).toString('base64url')}`);
  }

  all(): string[] {
    return [...this.issued];
  }
}
