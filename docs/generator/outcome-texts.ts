import type { AccessOutcome, AccessPhase } from '../../src/domain/access/access.ts';
import type {
  ConnectReason,
  ConnectStatus,
  ConnectWarning,
} from '../../src/domain/connect/connect.ts';
import type { DisconnectReason } from '../../src/domain/disconnect/policy.ts';
import type { RevocationProof } from '../../src/domain/disconnect/proof.ts';
import type { HealOutcome, HealReason } from '../../src/domain/refresh/decide-refresh.ts';
import type { SweepOutcome } from '../../src/domain/sweep/sweep.ts';

// The compiler refuses a value of a closed list that has no text here.

export const statusTexts: Record<ConnectStatus, string> = {
  ACTIVE: 'connected; only this outcome has a `connectedAccountId` for certain',
  FAILED: 'see the reason',
  EXPIRED: 'the user did not finish in time',
  CANCELED: 'a caller canceled the attempt',
};

interface ReasonText {
  status: Exclude<ConnectStatus, 'ACTIVE'>;
  text: string;
  left: string;
}

export const connectReasonTexts: Record<ConnectReason, ReasonText> = {
  never_opened: { status: 'EXPIRED', text: 'nobody opened the link', left: 'nothing' },
  abandoned: { status: 'EXPIRED', text: 'the user opened the link only', left: 'nothing' },
  canceled: { status: 'CANCELED', text: 'a caller canceled it', left: 'nothing' },
  denied: { status: 'FAILED', text: 'the user did not allow access', left: 'nothing' },
  exchange_failed: {
    status: 'FAILED',
    text: 'Composio got no tokens from the provider',
    left: 'nothing',
  },
  revoked: { status: 'FAILED', text: 'the account was revoked meanwhile', left: 'nothing' },
  gone: { status: 'FAILED', text: 'somebody deleted the account', left: 'nothing' },
  unknown: { status: 'FAILED', text: 'Composio’s words are new: `statusReason`', left: 'nothing' },
  unconfirmed: {
    status: 'FAILED',
    text: 'no backend confirmed the user in time, or two browsers came back',
    left: 'nothing',
  },
  identity_mismatch: {
    status: 'FAILED',
    text: 'another user or person than expected',
    left: 'nothing; an account that turned out to be another user’s is not touched',
  },
  disabled: {
    status: 'FAILED',
    text: 'the account reads INACTIVE',
    left: 'the account, because somebody disabled it',
  },
  refused: {
    status: 'FAILED',
    text: 'an error; `statusReason` is its code',
    left: 'nothing of ours',
  },
};

export const warningTexts: Record<ConnectWarning, string> = {
  alias_in_use: 'another account has the alias, so this one has none',
  alias_not_set: 'the alias could not be set in time',
  other_identity: 'another person at the toolkit than before (`sameIdentity: "warn"`)',
  identity_unknown: 'Composio does not return the person at the toolkit, so it was not checked',
};

export const healOutcomeTexts: Record<HealOutcome, string> = {
  healthy: 'the account was ACTIVE and still is',
  healed: 'the account was EXPIRED and is ACTIVE now',
  reauth_required:
    'only the user can repair it; Mooring sends `connection.reauth_required` once for each time the grant dies, and `connection.healed` later',
  cannot_refresh: 'nothing was done; `reason` says why',
  paused: 'the account is disabled, or its user’s access is closed',
  busy: 'another operation or the user is changing it',
  gone: 'it is deleted',
  made_worse: 'only with `mode: "proactive"`: the account was ACTIVE, and the refresh broke it',
};

export const healReasonTexts: Record<HealReason, string> = {
  abandoned: 'the user never finished connecting',
  failed: 'connecting failed',
  revoked: 'the account was revoked',
  replaced: 'another account replaced it',
  refused: 'the API refuses to refresh it',
  unknown: 'this version does not know its status',
};

export const sweepOutcomeTexts: Record<Exclude<SweepOutcome, HealOutcome>, string> = {
  already_notified: 'the user was notified before and has not acted yet',
  failed: 'the API answered for other accounts, but never for this one',
  untouched: 'the sweep halted before it reached the account',
  unreadable: 'the row breaks the contract of the API',
  owner_unknown: 'neither the API nor a run of Mooring knows its owner, so the sweep skips it',
};

export const proofTexts: Record<RevocationProof, string> = {
  revoked: 'Mooring revoked it at the provider',
  already_revoked: 'it was revoked before',
  never_active: 'no grant was seen: the account reads as if no user had finished connecting',
  unsupported: 'the toolkit cannot revoke (for example an API key): your user deletes it there',
  grant_shared: 'not revoked, because another living account of this user may have the same grant',
  gone: 'another system deleted the account, or it never existed',
  unproven: 'its provider did not answer for a day, it had expired, or you passed `revoke: false`',
};

export const disconnectReasonTexts: Record<DisconnectReason, string> = {
  disconnect: 'a caller requested it',
  replaced: 'another account replaced it',
  late: 'its user finished after the attempt had ended',
  canceled: 'its attempt was canceled, or not confirmed',
  offboarding: 'its user is offboarded',
};

export const phaseTexts: Record<AccessPhase, string> = {
  open: 'nothing is under way',
  grace: 'the subscription is reported as lapsed; nothing is disabled yet',
  held: 'too many users at once: the request waits for a person',
  lapsed: 'gate closed: the accounts are disabled',
  resuming: 'Mooring restores what it disabled',
  cooling_off: 'gate closed: the user will be offboarded; their accounts are disabled',
  offboarding: 'gate closed: the accounts are being disconnected',
  blocked: 'gate closed: the user was offboarded with `block`, until `readmit`',
};

export const accessOutcomeTexts: Record<AccessOutcome, string> = {
  started: 'the lapse or the offboarding started',
  joined: 'it was open already; a `block` of this request is kept',
  never_paused: 'the user renewed before Mooring disabled an account',
  resuming: 'Mooring restores the paused accounts; during an offboarding they stay disabled',
  never_lapsed: 'there was no lapse',
  canceled: 'the offboarding is canceled',
  too_late: 'the accounts are being disconnected, which cannot be undone',
  not_offboarding: 'there was no offboarding',
  readmitted: 'the user may connect again',
  not_blocked: 'the user was not blocked',
  released: 'the held request continues',
  not_held: 'nothing was held',
  adjusted: 'the grace or the cooling-off has a new end',
  nothing_to_adjust: 'there is no grace and no cooling-off',
  blocked: 'the user is blocked, so no subscription could lapse',
};
