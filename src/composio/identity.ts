import { createHmac, hkdfSync } from 'node:crypto';
import type { AccountIdentity } from '../domain/account.ts';

/** Null for a name that says nothing: no name, or one that Composio redacted or cut. */
export type Identify = (name: string) => AccountIdentity | null;

/** 132 bits: no two people share a hash, and nobody can guess a name without the key. */
const hashLength = 22;

/**
 * Distinguishes people at a toolkit without their names. Only hashes of the same API key can be
 * compared. So compare only accounts that one worker read in one call.
 */
export function createIdentify(apiKey: string): Identify {
  const key = Buffer.from(hkdfSync('sha256', apiKey, '', 'mooring account identity', 32));
  return (name) => {
    const text = name.trim();
    if (text === '' || text === 'REDACTED' || text.endsWith('...')) return null;
    const hash = createHmac('sha256', key).update(text.toLowerCase()).digest('base64url');
    return { label: labelOf(text), hash: hash.slice(0, hashLength) };
  };
}

/** `a…@p….example`: enough for the person to recognize it, too little to write to them. */
function labelOf(name: string): string {
  const [, user = name, domain, tld] = /^([^@\s]+)@([^@\s]+)\.([a-z]{2,24})$/i.exec(name) ?? [];
  return domain === undefined ? initialOf(user) : `${initialOf(user)}@${initialOf(domain)}.${tld}`;
}

function initialOf(part: string): string {
  return `${/[\p{L}\p{N}]/u.exec(part)?.[0] ?? ''}…`;
}
