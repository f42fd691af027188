import type { RefreshInput } from './refresh.ts';
import { type Asked, pick } from '../asked.ts';

export function refreshAsked(input: RefreshInput): Asked {
  const asked = { mode: 'heal', ...input };
  return pick(asked, ['userId', 'mode', 'returnUrl', 'validateCredentials']);
}
