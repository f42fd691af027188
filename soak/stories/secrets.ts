import { enteredPrefix } from '../entered-secrets.ts';
import type { Random } from '../random.ts';

/** A credential that a story enters. The auditor recognizes the secret by its prefix. */
export function enteredSecret(random: Random): string {
  const part = () => Math.floor(random.next() * 2 ** 32).toString(36);
  return `${enteredPrefix}${part()}${part()}${part()}`;
}
