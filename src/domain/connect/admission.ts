import {
  type AccountSnapshot,
  accountOf,
  isReplaced,
  isSharedWithin,
  type Sharing,
} from '../account.ts';
import type { ConnectUserRequest } from './connect.ts';
import { MooringError } from '../errors.ts';

/** What the accounts that are there mean for a new attempt. Neither: it makes its own. */
export interface Admission {
  /** The account that decided: answered as it is, unless there is a refusal. */
  account: AccountSnapshot | null;
  refusal: MooringError | null;
}

type AdmissionRequest = Pick<ConnectUserRequest, 'alias' | 'onExisting' | 'replaces' | 'sharing'>;

/**
 * Whether an attempt may make an account beside these rows of its user and auth config. The guard counts
 * every ACTIVE one, whatever its alias; the one that is to be replaced stands in nobody's way.
 */
export function admit(rows: readonly AccountSnapshot[], asked: AdmissionRequest): Admission {
  const { alias = null, onExisting = 'fail', replaces } = asked;
  const sharing = sharingFor(rows, asked);
  const own = accountOf(rows, alias);
  if (onExisting === 'reuse' && own?.status === 'ACTIVE' && isSharedWithin(own, sharing)) {
    return { account: own, refusal: null };
  }
  const replaced = rows.find((row) => row.id === replaces);
  if (replaces !== undefined && (replaced === undefined || isReplaced(replaced))) {
    const message = `replaces: no account ${replaces} of this user and auth config, or it was replaced before`;
    const details = { field: 'replaces', connectedAccountId: replaces };
    return { account: null, refusal: new MooringError('ERR_ACCOUNT_NOT_FOUND', message, details) };
  }
  const others = rows.filter((row) => row !== replaced);
  // A replacement makes no account more, so only one that is this very connection's stands in its way.
  const inTheWay = replaces === undefined ? others : others.filter((row) => row === own);
  const active = inTheWay.find((row) => row.status === 'ACTIVE');
  // A name of its own keeps them apart; `reuse` without one can only mean the one that is there.
  const mayAdd = onExisting === 'add' || (onExisting === 'reuse' && alias !== null);
  if (active !== undefined && !mayAdd) {
    return refused('ERR_ALREADY_CONNECTED', active, `${active.id} is ACTIVE`);
  }
  const holder = alias === null ? undefined : others.find((row) => row.alias === alias);
  if (holder === undefined) return { account: null, refusal: null };
  const message = `alias: ${holder.id}, which is ${holder.status}, has it; name that in \`replaces\` to take it over`;
  return refused('ERR_ALIAS_IN_USE', holder, message);
}

/** With whom the new account is to be shared: a replacement, if nothing else is asked for, as the old one was. */
export function sharingFor(
  rows: readonly AccountSnapshot[],
  { sharing, replaces }: AdmissionRequest,
): Sharing | undefined {
  const replaced = rows.find((row) => row.id === replaces);
  return sharing ?? (replaced?.accountType === 'SHARED' ? (replaced.sharing ?? {}) : undefined);
}

function refused(
  code: 'ERR_ALREADY_CONNECTED' | 'ERR_ALIAS_IN_USE',
  account: AccountSnapshot,
  message: string,
): Admission {
  const details = { connectedAccountId: account.id };
  return { account, refusal: new MooringError(code, message, details) };
}
