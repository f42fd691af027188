import { leaks } from '../../test/support/grep.ts';
import type { Check } from './facts.ts';

/** No text has a secret in it. The finding names the kind of secret, and never the secret. */
export const checkSecrets: Check = ({ evidence }) => {
  const secrets = [...new Set(evidence.secrets)];
  return evidence.places.flatMap(({ name, text }) => {
    const found = leaks(text, secrets);
    if (found.length === 0) return [];
    const kinds = [...new Set(found.map(kindOf))].join(', ');
    return [{ userId: null, what: `${name} holds ${countOf(found.length)}: ${kinds}` }];
  });
};

function countOf(secrets: number): string {
  return secrets === 1 ? 'a secret' : `${secrets} secrets`;
}

function kindOf(secret: string): string {
  const [, prefix] = /^(https?:|[a-z]{2,5}_|[A-Z]+-)/.exec(secret) ?? [];
  const begins = prefix === undefined ? '' : `, which begins with ${prefix}`;
  return `one of ${secret.length} characters${begins}`;
}
