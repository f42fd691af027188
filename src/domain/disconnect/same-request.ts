import type { DisconnectInput } from './disconnect.ts';
import { type Asked, pickFields } from '../same-request.ts';

export function disconnectAsked(input: DisconnectInput): Asked {
  const asked = {
    command: 'disconnect',
    revoke: true,
    keepRecord: false,
    undoWindowMs: 0,
    ...input,
  };
  return pickFields(asked, ['command', 'revoke', 'keepRecord', 'undoWindowMs']);
}
