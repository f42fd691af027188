/** How each recorded run of connectUser ended: its branch, and what it told. */
export const ends: Record<string, string> = {
  active: 'ACTIVE',
  denied: 'FAILED denied',
  'never-opened': 'EXPIRED never_opened',
  abandoned: 'EXPIRED abandoned',
  canceled: 'CANCELED canceled',
  'canceled-while-opening': 'CANCELED canceled',
  'workflow-cancelled': 'CANCELED canceled',
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
};

/** The same of deliverEvent. */
export const deliveries: Record<string, string> = {
  delivered: 'delivered',
  exhausted: 'undelivered exhausted',
  gone: 'undelivered gone',
  invalid: 'undelivered invalid',
  resent: 'delivered',
  'resent-before-its-next-try': 'delivered',
  cancelled: 'cancelled',
};
