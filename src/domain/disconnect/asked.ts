import type { DisconnectInput } from './disconnect.ts';
import { type Asked, pick } from '../asked.ts';

export function endAsked(input: DisconnectInput): Asked {
  const asked = {
    command: 'disconnect',
    revoke: true,
    keepRecord: false,
    undoWindowMs: 0,
    ...input,
  };
  return pick(asked, ['command', 'revoke', 'keepRecord', 'undoWindowMs']);
}
