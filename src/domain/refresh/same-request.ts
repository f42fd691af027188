import type { RefreshInput } from './refresh.ts';
import { type Asked, pickFields } from '../same-request.ts';

export function refreshAsked(input: RefreshInput): Asked {
  const asked = { mode: 'heal', ...input };
  return pickFields(asked, ['userId', 'mode', 'returnUrl', 'validateCredentials']);
}
