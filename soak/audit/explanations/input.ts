import type { Call } from '../../evidence.ts';
import type { Facts } from '../facts.ts';
import type { Span } from '../times.ts';

/**
 * Explained by the request itself: an id that Mooring refuses, or a code that no call was accepted
 * with.
 */
export function isInvalid({ operation, input, userId, n }: Call, _: Span, facts: Facts): boolean {
  const ids = [userId, input.userId, input.alias].filter((id) => typeof id === 'string');
  if (ids.some(isBadId)) return true;
  if (operation === 'sweep') return true;
  // A code that was accepted once is accepted again for the same call.
  if (operation !== 'confirm') return false;
  const same = facts
    .calls(userId ?? '')
    .filter((call) => call.n < n && call.input.code === input.code);
  return !same.some(({ value, input: other }) => value !== null && other.userId === input.userId);
}

/** Composio's lists join ids by commas. The other ids would change or be confused on the way. */
function isBadId(id: string): boolean {
  const isOdd = id === '' || id === 'default' || id.trim() !== id || /[,\p{Cc}]/u.test(id);
  return isOdd || Buffer.byteLength(id) > 255 || !id.isWellFormed();
}
