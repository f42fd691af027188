import { afterEach, expect, test, vi } from 'vitest';
import { printError, fieldLines, table } from '../../../src/cli/print.ts';
import { MooringError, errorCodes } from '../../../src/index.ts';

const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
const said = () => stderr.mock.calls.map(([text]) => String(text)).join('');

afterEach(() => stderr.mockClear());

test('table › is as wide as its widest cells, and shows a dash for a missing value', () => {
  const rows = [
    ['user_1/ac_gmail', 'waiting', null],
    ['u/ac', 'FAILED:denied', 'ca_1'],
  ];
  expect(table(['CONNECTION', 'STATE', 'ACCOUNT'], rows)).toBe(
    [
      'CONNECTION       STATE          ACCOUNT',
      'user_1/ac_gmail  waiting        -',
      'u/ac             FAILED:denied  ca_1',
    ].join('\n'),
  );
});

test('listing › leaves out null values', () => {
  expect(fieldLines({ outcome: 'ACTIVE', reason: null, account: 'ca_1' })).toBe(
    'outcome  ACTIVE\naccount  ca_1',
  );
});

test('print › stops foreign text from moving the cursor or adding lines', () => {
  const hostile = 'a\u001b[2Jb\r\nc\u202ed\u2028e';
  expect(fieldLines({ id: hostile })).toBe('id  a [2Jb c d e');
  printError(new MooringError('ERR_UNAUTHORIZED', hostile), false);
  expect(said()).toContain('error ERR_UNAUTHORIZED: a [2Jb c d e\n');
});

test.each(Object.keys(errorCodes) as (keyof typeof errorCodes)[])(
  'failure › says for %s what to try, in two short lines',
  (code) => {
    const exitCode = printError(new MooringError(code, 'it went wrong'), false);
    expect(exitCode).toBe(code === 'ERR_INVALID_INPUT' ? 2 : 1);
    const [first, second, rest] = said().split('\n');
    expect(first).toBe(`error ${code}: it went wrong`);
    expect(second).toMatch(/^ {2}try: .{5,95}$/);
    expect(rest).toBe('');
  },
);

test('failure › names the account that caused the refusal', () => {
  printError(
    new MooringError('ERR_ALREADY_CONNECTED', 'is ACTIVE', { connectedAccountId: 'ca_9' }),
    false,
  );
  expect(said()).toContain('  account: ca_9\n');
});

test('failure › shows stacks only on request, and never the fields of an error', () => {
  const cause = Object.assign(new Error('refused'), {
    metadata: { authorization: 'Bearer s3cret' },
  });
  const error = new Error('no\nluck', { cause });
  expect(printError(error, false)).toBe(1);
  expect(said()).toMatch(/^error: no luck\n {2}try: .*--verbose.*\n$/);
  printError(error, true);
  expect(said()).toContain('Error: refused\n    at ');
  expect(said()).not.toContain('s3cret');
});
