import {
  type AccountSnapshot,
  accountOf,
  isReplaced,
  isSharedWithin,
  type Sharing,
} from '../account.ts';
import type { ConnectUserRequest } from './connect.ts';
import { errorOf, MooringError } from '../errors.ts';

/**
 * What the existing accounts mean for a new attempt. If both are null, it makes its own account.
 */
export interface Admission {
  /** The account that decided. Without a refusal, the attempt returns this account. */
  account: AccountSnapshot | null;
  refusal: MooringError | null;
}

type AdmissionRequest = Pick<ConnectUserRequest, 'alias' | 'onExisting' | 'replaces' | 'sharing'>;

/**
 * Whether an attempt may make a new account. `rows` are the accounts of its user and auth config.
 * Every ACTIVE one counts, with any alias, except the one to replace.
 */
export function admissionOf(rows: readonly AccountSnapshot[], asked: AdmissionRequest): Admission {
  const { alias = null, onExisting = 'fail', replaces } = asked;
  const sharing = sharingFor(rows, asked);
  const own = accountOf(rows, alias);
  if (onExisting === 'reuse' && own?.status === 'ACTIVE' && isSharedWithin(own, sharing)) {
    return { account: own, refusal: null };
  }
  const replaced = rows.find((row) => row.id === replaces);
  if (replaces !== undefined && (replaced === undefined || isReplaced(replaced))) {
    const message = `replaces: ${replaces} is no account of this user and auth config, or was already replaced`;
    const details = { field: 'replaces', connectedAccountId: replaces };
    return { account: null, refusal: new MooringError('ERR_ACCOUNT_NOT_FOUND', message, details) };
  }
  const others = rows.filter((row) => row !== replaced);
  // A replacement adds no account, so only the connection's own account can conflict with it.
  const inTheWay = replaces === undefined ? others : others.filter((row) => row === own);
  const active = inTheWay.find((row) => row.status === 'ACTIVE');
  // An alias keeps the accounts apart. `reuse` without an alias can only mean the existing account.
  const canAdd = onExisting === 'add' || (onExisting === 'reuse' && alias !== null);
  if (active !== undefined && !canAdd) {
    const message = `account ${active.id} is ACTIVE; set \`onExisting\` or name it in \`replaces\``;
    return refusedAdmission('ERR_ALREADY_CONNECTED', active, message);
  }
  const holder = alias === null ? undefined : others.find((row) => row.alias === alias);
  if (holder === undefined) return { account: null, refusal: null };
  const message = `alias: account ${holder.id} (${holder.status}) has it; pass it as \`replaces\``;
  return refusedAdmission('ERR_ALIAS_IN_USE', holder, message);
}

/**
 * The sharing of the new account. Without `sharing` in the request, a replacement keeps the sharing
 * of the account that it replaces.
 */
export function sharingFor(
  rows: readonly AccountSnapshot[],
  { sharing, replaces }: AdmissionRequest,
): Sharing | undefined {
  const replaced = rows.find((row) => row.id === replaces);
  return sharing ?? (replaced?.accountType === 'SHARED' ? (replaced.sharing ?? {}) : undefined);
}

function refusedAdmission(
  code: 'ERR_ALREADY_CONNECTED' | 'ERR_ALIAS_IN_USE',
  account: AccountSnapshot,
  message: string,
): Admission {
  const details = { connectedAccountId: account.id };
  return { account, refusal: errorOf(code, message, details) };
}
