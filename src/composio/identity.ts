import { createHmac, hkdfSync } from 'node:crypto';
import type { AccountIdentity } from '../domain/account.ts';

/** Null for a name that tells nothing: none, or one that Composio has redacted or cut. */
export type Identify = (name: string) => AccountIdentity | null;

/** 132 bits: two people never meet, and nobody finds a name by trying without the key. */
const hashLength = 22;

/**
 * Tells people at a toolkit apart without their names. Hashes of one API key compare with each other
 * only, so compare what one worker has read in one go.
 */
export function identifier(apiKey: string): Identify {
  const key = Buffer.from(hkdfSync('sha256', apiKey, '', 'mooring account identity', 32));
  return (name) => {
    const text = name.trim();
    if (text === '' || text === 'REDACTED' || text.endsWith('...')) return null;
    const hash = createHmac('sha256', key).update(text.toLowerCase()).digest('base64url');
    return { label: labelOf(text), hash: hash.slice(0, hashLength) };
  };
}

/** `a…@p….example`: enough for the person himself to recognise, too little to write to him. */
function labelOf(name: string): string {
  const [, user = name, domain, tld] = /^([^@\s]+)@([^@\s]+)\.([a-z]{2,24})$/i.exec(name) ?? [];
  return domain === undefined ? first(user) : `${first(user)}@${first(domain)}.${tld}`;
}

function first(part: string): string {
  return `${/[\p{L}\p{N}]/u.exec(part)?.[0] ?? ''}…`;
}
