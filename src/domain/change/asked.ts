import type { AccountCommand } from './account-command.ts';
import { type Asked, comparable } from '../asked.ts';

export function commandAsked(request: AccountCommand): Asked {
  const { userId: _, connectedAccountId: __, command, ...rest } = request;
  return comparable({ command, ...rest }) as Asked;
}
