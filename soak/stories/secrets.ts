import { enteredPrefix } from '../entered-secrets.ts';
import type { Random } from '../random.ts';

/** A credential that a story enters. By its beginning the auditor knows it for a secret. */
export function enteredSecret(random: Random): string {
  const part = () => Math.floor(random.next() * 2 ** 32).toString(36);
  return `${enteredPrefix}${part()}${part()}${part()}`;
}
