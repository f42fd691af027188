/** How each recorded run of connectUser ended: its branch, and its outcome. */
export const ends: Record<string, string> = {
  active: 'ACTIVE',
  denied: 'FAILED denied',
  'never-opened': 'EXPIRED never_opened',
  abandoned: 'EXPIRED abandoned',
  canceled: 'CANCELED canceled',
  'canceled-while-opening': 'CANCELED canceled',
  'workflow-canceled': 'CANCELED canceled',
  joined: 'ACTIVE',
  refused: 'FAILED refused',
  'refused-after-lost-answer': 'FAILED refused',
  'lost-answer': 'ACTIVE',
  'late-active': 'ACTIVE',
  'found-by-look': 'ACTIVE',
  'hinted-twice': 'FAILED denied',
  gone: 'FAILED gone',
  disabled: 'FAILED disabled',
  revoked: 'FAILED revoked',
  'gate-closed': 'FAILED refused',
  existing: 'ACTIVE',
  reused: 'ACTIVE',
  'handed-over': 'CANCELED canceled',
  'existing-expired': 'EXPIRED abandoned',
  'disabled-at-the-deadline': 'FAILED disabled',
  'expired-at-the-api': 'EXPIRED abandoned',
  'joined-too-late': 'CANCELED canceled',
  credentials: 'ACTIVE',
  'credentials-rejected': 'FAILED refused',
  'event-sent': 'ACTIVE',
  'api-away': 'FAILED refused',
  named: 'ACTIVE',
  'alias-in-use': 'ACTIVE',
  'alias-not-set': 'ACTIVE',
  confirmed: 'ACTIVE',
  'confirmed-by-another': 'FAILED identity_mismatch',
  unconfirmed: 'FAILED unconfirmed',
  'confirmed-with-a-wrong-code': 'ACTIVE',
  'two-browsers-came-back': 'FAILED unconfirmed',
  'canceled-while-confirming': 'CANCELED canceled',
  verified: 'ACTIVE',
  'verified-for-another': 'FAILED identity_mismatch',
  'verifier-away': 'EXPIRED abandoned',
  'replaced-a-dead-one': 'ACTIVE',
  'replaced-an-active-one': 'ACTIVE',
  'replaced-by-another': 'FAILED identity_mismatch',
  'replaced-by-another-with-a-warning': 'ACTIVE',
  'replaced-any-person': 'ACTIVE',
  'replaced-one-that-is-busy': 'ACTIVE',
  'replaced-one-that-resists': 'ACTIVE',
  'canceled-while-another-run-holds-it': 'CANCELED canceled',
};

/** What each recorded run of these workflows returned, as one of its values. */
export const answers: Record<string, string> = {
  'revoke-then-delete/replaced': 'grant_shared',
  'revoke-then-delete/handed-over': 'never_active',
  'retire-account/waited': 'revoked',
  'revoke-then-delete/revoked': 'revoked',
  'revoke-then-delete/revoked-beside-a-sibling': 'revoked',
  'revoke-then-delete/never-active': 'never_active',
  'revoke-then-delete/already-revoked': 'already_revoked',
  'revoke-then-delete/unsupported': 'unsupported',
  'revoke-then-delete/unproven': 'unproven',
  'revoke-then-delete/recorded': 'REVOKED',
  'revoke-then-delete/after-failures': 'revoked',
  'revoke-then-delete/provider-stayed-away': 'unproven',
  'revoke-then-delete/after-its-window': 'revoked',
  'revoke-then-delete/kept': 'kept',
  'revoke-then-delete/kept-disabled': 'kept',
  'revoke-then-delete/canceled': 'kept',
  'revoke-then-delete/workflow-canceled': 'kept',
  'revoke-then-delete/gone': 'gone',
  'revoke-then-delete/refused': 'ERR_INVALID_INPUT',
  'plan-disconnect/planned': 'plan',
  'reconnect-link/minted': 'link',
  'reconnect-link/refused': 'refused',
  'refresh-connection/healthy': 'healthy',
  'refresh-connection/healed': 'healed',
  'refresh-connection/reauth-required': 'reauth_required',
  'refresh-connection/already-notified': 'reauth_required',
  'refresh-connection/made-worse': 'made_worse',
  'refresh-connection/lost-answer': 'reauth_required',
  'refresh-connection/gone': 'gone',
  'refresh-connection/of-another': 'ERR_ACCOUNT_NOT_FOUND',
  'refresh-connection/found-active-by-the-memory': 'healthy',
  'refresh-connection/canceled-at-work': 'busy',
  'refresh-connection/returned': 'ACTIVE',
  'refresh-connection/returned-after-the-event': 'ACTIVE',
  'refresh-connection/returned-with-a-no': 'denied',
  'refresh-connection/never-returned': 'abandoned',
  'refresh-connection/canceled': 'CANCELED',
  'refresh-connection/workflow-canceled': 'CANCELED',
  'refresh-connection/joined': 'ACTIVE',
  'await-reauth/healed': 'healed',
  'await-reauth/hinted': 'healed',
  'await-reauth/revoked': 'revoked',
  'await-reauth/disabled': 'disabled',
  'await-reauth/gone': 'gone',
  'await-reauth/forgotten': 'forgotten',
  'await-reauth/needless': 'healed',
  'account-command/disabled': 'account',
  'account-command/left-as-it-was': 'account',
  'account-command/named': 'account',
  'account-command/credentials': 'account',
  'account-command/refused': 'refused',
  'account-command/canceled-in-vain': 'account',
  'bulk-refresh/healed': 'finished',
  'bulk-refresh/probed': 'finished',
  'bulk-refresh/continued': 'place',
  'bulk-refresh/renewed': 'finished',
  'bulk-refresh/halted': 'halted',
  'bulk-refresh/canceled': 'canceled',
  'bulk-refresh/workflow-canceled': 'canceled',
  'bulk-refresh/refused': 'mode',
};

/** For userAccess: its phases, how it ended, and what it did to how many accounts. */
export const accesses: Record<string, string> = {
  'never-lapsed': 'open: 0 disabled, 0 given back',
  'paid-in-grace': 'grace, open: 0 disabled, 0 given back',
  'lapsed-and-renewed': 'grace, lapsed, resuming, open: 1 disabled, 1 given back',
  'disabled-by-its-caller': 'grace, lapsed, open: 1 disabled, 0 given back',
  'hook-silent': 'grace, open: 0 disabled, 0 given back',
  canceled: 'cooling_off, resuming, open: 1 disabled, 1 given back',
  offboarded:
    'cooling_off, offboarding, offboarded: 1 disabled, 0 given back, 2 revoked, 1 unproven',
  'blocked-and-readmitted':
    'cooling_off, offboarding, blocked, offboarded: 0 disabled, 0 given back, 2 revoked, 1 unproven',
  'only-tried': 'open: 0 disabled, 0 given back',
};

/** The same, read from the decoded events of a history. */
export function accessToldBy(lines: readonly string[]): string {
  const shown = lines.filter((line) => line.includes('upsertWorkflowSearchAttributes')).join('\n');
  // A run is also open until its first request arrives.
  const phases = [...shown.matchAll(/MooringPhase="(\w+)"/g)].map(([, phase]) => phase);
  const outcome = /MooringOutcome="(\w+)"/.exec(shown)?.[1];
  const last = lines.at(-1) ?? '';
  const [, disabled, given] = /"paused":(\d+),"given":(\d+)/.exec(last) ?? [];
  const proofs = /"proofs":\{(.*?)\}/.exec(last)?.[1] ?? '';
  const proven = [...proofs.matchAll(/"(\w+)":(\d+)/g)].map(([, proof, n]) => `${n} ${proof}`);
  const way = [...phases.filter((phase) => phase !== 'open'), outcome].join(', ');
  return `${way}: ${[`${disabled} disabled`, `${given} given back`, ...proven].join(', ')}`;
}

/** The same for deliverEvent. */
export const deliveries: Record<string, string> = {
  delivered: 'delivered',
  exhausted: 'undelivered exhausted',
  gone: 'undelivered gone',
  invalid: 'undelivered invalid',
  resent: 'delivered',
  'resent-before-its-next-try': 'delivered',
  cancelled: 'cancelled',
};
