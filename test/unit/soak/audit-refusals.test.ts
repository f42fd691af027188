import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import type { Call, Evidence } from '../../../soak/evidence.ts';
import { connect } from './connect-steps.ts';
import { type Diary, time } from './diary.ts';
import { goodEvidence } from './good-evidence.ts';
import { auditAfter, callOf, nextIn, violation } from './spoil.ts';

type Asked = Partial<Call> & Pick<Call, 'operation'>;

/** Adds a refusal to the end of the good log, and returns what the auditor reports. */
function refuse(userId: string, code: string | null, asked: Asked, spoil?: (diary: Diary) => void) {
  return auditAfter((_, diary) => {
    spoil?.(diary);
    const error = { code, message: 'a message', details: {} };
    diary.call(userId, { at: 300, input: { userId }, error, ...asked });
  });
}

function refused(userId: string, operation: string, code: string) {
  const n = nextIn('calls');
  const what = `call ${n} (${operation}) was refused with ${code}, and nothing in the log explains it`;
  return [violation('refusals', userId, what)];
}

const input = { userId: 'dan', authConfigId: 'ac_gmail', requestId: 'request-late' };
const connecting = { operation: 'connectUser', input, requestId: 'request-late' } as const;
const changing = {
  operation: 'enable',
  input: { userId: 'joe', connectedAccountId: 'ca_joe' },
} as const;

describe('an infrastructure error', () => {
  const unavailable = { code: 'ERR_API_UNAVAILABLE', message: '', details: {} };

  it('is never the only answer to all repeats of a request id', () => {
    const violations = auditAfter((_, diary) => {
      diary.call('dan', { at: 90, ...connecting, error: unavailable });
      diary.call('dan', { at: 99, ...connecting, error: unavailable });
    });
    const what = `call ${nextIn('calls') + 1} (connectUser) never got another answer than ERR_API_UNAVAILABLE`;
    expect(violations).toEqual([violation('refusals', 'dan', what)]);
  });

  it('is never the only answer to all repeats of a request without an id', () => {
    const violations = auditAfter((_, diary) => {
      const asked = { operation: 'cancel', input: { connectionId: 'dan/ac_gmail' } } as const;
      diary.call('dan', { at: 90, ...asked, error: unavailable });
      diary.call('dan', { at: 99, ...asked, error: unavailable });
    });
    const what = `call ${nextIn('calls') + 1} (cancel) never got another answer than ERR_API_UNAVAILABLE`;
    expect(violations).toEqual([violation('refusals', 'dan', what)]);
  });

  it('is not the last answer to a request that only ever got "busy"', () => {
    const violations = auditAfter((evidence, diary) => {
      evidence.faultsEndedAt = time(200);
      const busy = { ...unavailable, code: 'ERR_ACCOUNT_BUSY' };
      for (const [at, error] of [unavailable, busy, unavailable].entries()) {
        diary.call('joe', { at: 182 + 2 * at, ...changing, requestId: 'request-busy', error });
      }
    });
    const what = `call ${nextIn('calls') + 2} (enable) never got another answer than ERR_API_UNAVAILABLE`;
    expect(violations).toEqual([violation('refusals', 'joe', what)]);
  });

  it('is no broken promise during faults if the caller has not repeated the request', () => {
    const once = (_: Evidence, diary: Diary) =>
      diary.call('dan', { at: 99, ...connecting, error: unavailable });
    expect(auditAfter(once)).toEqual([]);
  });

  it('is a broken promise if nothing is down any more', () => {
    const asked = { operation: 'cancel', input: { connectionId: 'dan/ac_gmail' } } as const;
    const n = nextIn('calls');
    const what = `call ${n} (cancel) was refused with ERR_TEMPORAL_UNAVAILABLE, although nothing was down any more`;
    expect(refuse('dan', 'ERR_TEMPORAL_UNAVAILABLE', asked)).toEqual([
      violation('refusals', 'dan', what),
    ]);
  });
});

describe('ERR_CONNECT_IN_PROGRESS', () => {
  const code = 'ERR_CONNECT_IN_PROGRESS';
  const attempt = (more: Record<string, unknown>) => (diary: Diary) => {
    connect(diary, { userId: 'dan', name: 'dan-two', at: 298, input: more });
  };

  it('needs another attempt', () => {
    expect(refuse('dan', code, connecting)).toEqual(refused('dan', 'connectUser', code));
  });

  it('is justified by an attempt with different parameters', () => {
    const other = attempt({ returnUrl: 'https://app.example/settings' });
    expect(refuse('dan', code, connecting, other)).toEqual([]);
  });

  it('is not justified by an attempt of the same request', () => {
    const own = attempt({ requestId: 'request-late', confirm: 'required' });
    const n = nextIn('calls') + 2;
    const what = `call ${n} (connectUser) was refused with ${code}, and nothing in the log explains it`;
    expect(refuse('dan', code, connecting, own)).toEqual([violation('refusals', 'dan', what)]);
  });

  it('is not justified by an attempt with the same parameters', () => {
    const n = nextIn('calls') + 2;
    const what = `call ${n} (connectUser) was refused with ${code}, and nothing in the log explains it`;
    expect(refuse('dan', code, connecting, attempt({}))).toEqual([
      violation('refusals', 'dan', what),
    ]);
  });
});

describe('a refusal without a reason in the log', () => {
  it.each<[ErrorCode, string, Asked]>([
    ['ERR_ALREADY_CONNECTED', 'dan', connecting],
    ['ERR_USER_BLOCKED', 'dan', connecting],
    ['ERR_ALIAS_IN_USE', 'dan', { ...connecting, input: { ...input, alias: 'work' } }],
    ['ERR_ACCOUNT_BUSY', 'joe', changing],
    ['ERR_ACCOUNT_NOT_FOUND', 'joe', changing],
    ['ERR_ACCOUNT_UNUSABLE', 'joe', changing],
    ['ERR_INVALID_INPUT', 'joe', changing],
    ['ERR_UNAUTHORIZED', 'joe', changing],
    ['ERR_ENCRYPTION_KEY_MISSING', 'joe', changing],
    ['ERR_SEVERAL_ACCOUNTS', 'joe', changing],
    ['ERR_AUTH_CONFIG_NOT_FOUND', 'dan', connecting],
    ['ERR_CREDENTIALS_REJECTED', 'dan', connectBy('ac_apikey', { generic_api_key: 'right' })],
    ['ERR_MISSING_FIELDS', 'dan', connectBy('ac_apikey', { generic_api_key: 'right' })],
    ['ERR_ENDPOINT_RETIRED', 'dan', connectBy('ac_apikey', { generic_api_key: 'right' })],
    ['ERR_OUTCOME_UNKNOWN', 'joe', outcomeOf('joe')],
    ['ERR_OUTCOME_TIMEOUT', 'joe', outcomeOf('joe')],
  ])('is reported, %s', (code, userId, asked) => {
    expect(refuse(userId, code, asked)).toEqual(refused(userId, asked.operation, code));
  });

  it('is reported once for a request that is repeated', () => {
    const again = (diary: Diary) => {
      const error = { code: 'ERR_USER_BLOCKED', message: '', details: {} };
      diary.call('dan', { at: 298, ...connecting, error });
    };
    expect(refuse('dan', 'ERR_USER_BLOCKED', connecting, again)).toEqual(
      refused('dan', 'connectUser', 'ERR_USER_BLOCKED'),
    );
  });
});

describe('a refusal is explained', () => {
  it.each<[ErrorCode, string, Asked]>([
    ['ERR_INVALID_INPUT', 'a,b', { operation: 'connectUser' }],
    ['ERR_INVALID_INPUT', 'joe', confirmOf('a code that nobody was given')],
    ['ERR_ALREADY_CONNECTED', 'ann', { ...connecting, input: { ...input, userId: 'ann' } }],
    ['ERR_USER_BLOCKED', 'gus', { ...connecting, askedAt: time(125), answeredAt: time(126) }],
    ['ERR_ACCOUNT_BUSY', 'joe', { ...changing, askedAt: time(185), answeredAt: time(186) }],
    [
      'ERR_ACCOUNT_NOT_FOUND',
      'joe',
      { operation: 'enable', input: { connectedAccountId: 'ca_eve' } },
    ],
    [
      'ERR_ACCOUNT_NOT_FOUND',
      'joe',
      { operation: 'keep', input: { connectedAccountId: 'ca_joe' } },
    ],
    [
      'ERR_ACCOUNT_UNUSABLE',
      'eve',
      { operation: 'disable', input: { connectedAccountId: 'ca_eve' } },
    ],
    ['ERR_CREDENTIALS_REJECTED', 'dan', connectBy('ac_apikey', { generic_api_key: 'bad-key' })],
    ['ERR_MISSING_FIELDS', 'dan', connectBy('ac_apikey', {})],
    ['ERR_ENDPOINT_RETIRED', 'dan', connectBy('ac_gmail', { access_token: 'right' })],
    ['ERR_OUTCOME_UNKNOWN', 'kim', outcomeOf('kim')],
    [
      'ERR_AUTH_CONFIG_NOT_FOUND',
      'dan',
      { ...connecting, input: { ...input, authConfigId: 'ac_none' } },
    ],
  ])('by the state at that time, %s for %s', (code, userId, asked) => {
    expect(refuse(userId, code, asked)).toEqual([]);
  });

  it('by an alias that another account of the user has', () => {
    const asked = { ...connecting, input: { ...input, alias: 'work' } };
    const alias = (diary: Diary) => {
      diary.account({ id: 'ca_work', userId: 'dan', at: 290, alias: 'work' });
      diary.write('ca_work', 290, { op: 'link', by: 'control' });
    };
    expect(refuse('dan', 'ERR_ALIAS_IN_USE', asked, alias)).toEqual([]);
  });

  it('by an attempt that is still open', () => {
    const open = (diary: Diary) => {
      const of = { workflowId: 'connect/joe/ac_gmail', type: 'connectUser' };
      const run = { ...of, input: { userId: 'joe', authConfigId: 'ac_gmail' } };
      diary.run('joe', 'open-joe', { ...run, from: 290, to: null });
    };
    expect(
      refuse('joe', 'ERR_OUTCOME_TIMEOUT', outcomeOf('joe'), open).map(({ check }) => check),
    ).not.toContain('refusals');
  });
});

it('reports a caller that gets "busy" forever', () => {
  const violations = auditAfter((_, diary) => {
    const error = { code: 'ERR_ACCOUNT_BUSY', message: '', details: {} };
    const asked = { ...connecting, input: { ...input, connectedAccountId: 'ca_joe' } };
    diary.call('joe', { at: 185, ...asked, error });
    diary.call('joe', { at: 195, ...asked, error });
  });
  const what = `call ${nextIn('calls') + 1} (connectUser) was refused with ERR_ACCOUNT_BUSY, and nothing in the log explains it`;
  expect(violations).toEqual([violation('refusals', 'joe', what)]);
});

it('reports an error that is no MooringError', () => {
  const n = nextIn('calls');
  const what = `call ${n} (enable) threw an error that is no MooringError: a message`;
  expect(refuse('joe', null, changing)).toEqual([violation('refusals', 'joe', what)]);
});

it('reports a repeat that gets another account', () => {
  const violations = auditAfter((evidence, diary) => {
    const first = callOf(evidence, 'joe', 'connectUser');
    const value = { ...(first.value as object), connectedAccountId: 'ca_other' };
    const { operation, requestId } = first;
    diary.call('joe', { at: 300, operation, requestId, input: first.input, value });
  });
  const { n } = callOf(goodEvidence(), 'joe', 'connectUser');
  const what = `call ${nextIn('calls')} (connectUser) repeats call ${n}, which returned account ca_joe, but returned account ca_other`;
  expect(violations).toEqual([violation('refusals', 'joe', what)]);
});

function outcomeOf(userId: string): Asked {
  return { operation: 'outcome', input: { connectionId: `${userId}/ac_gmail` } };
}

function connectBy(authConfigId: string, val: Record<string, string>): Asked {
  return { ...connecting, input: { ...input, authConfigId, method: { initiate: { val } } } };
}

function confirmOf(code: string): Asked {
  return { operation: 'confirm', input: { connectionId: 'joe/ac_gmail', code, userId: 'joe' } };
}
