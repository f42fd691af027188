import type { AccountCommand } from './account-command.ts';
import { type Asked, toComparable } from '../same-request.ts';

export function commandAsked(request: AccountCommand): Asked {
  const { userId: _, connectedAccountId: __, command, ...rest } = request;
  return toComparable({ command, ...rest }) as Asked;
}
