import { afterEach, expect, test, vi } from 'vitest';
import { runCommandLine } from '../../../src/cli/program.ts';
import { parseKeyRing } from '../../../src/crypto/key-ring.ts';

const written = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const) {
  vi.spyOn(process[name], 'write').mockImplementation((text) => {
    written[name] += String(text);
    return true;
  });
}

afterEach(() => {
  Object.assign(written, { stdout: '', stderr: '' });
});

test('mooring --help › lists every command and exits 0', async () => {
  expect(await runCommandLine(['--help'])).toBe(0);
  const local = ['dev', 'demo', 'sandbox'];
  const production = ['worker', 'gateway', 'keygen'];
  const connections = ['connect', 'list', 'show', 'watch', 'cancel', 'reconnect-link', 'refresh'];
  const accounts = ['account', 'disconnect', 'keep'];
  const users = ['access', 'lapse', 'renew', 'offboard', 'cancel-offboard', 'readmit', 'adjust'];
  const others = ['release', 'sweep', 'schedule', 'events'];
  for (const command of [local, production, connections, accounts, users, others].flat()) {
    expect(written.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  }
  expect(Math.max(...written.stdout.split('\n').map((line) => line.length))).toBeLessThan(81);
});

test('mooring --version › prints the version of the package', async () => {
  expect(await runCommandLine(['--version'])).toBe(0);
  expect(written.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [[], 'Usage: mooring'],
  [['conect'], 'Did you mean connect?'],
  [['connect', '--user', 'u'], "required option '--auth-config <id>' not specified"],
  [['connect', '--user', 'u', '--auth-config', 'a', '--on-existing', 'x'], 'fail, reuse, add'],
  [['list', '--open', '--outcome', 'ACTIVE'], 'cannot be used with'],
  [['list', '--limit', '1e3'], 'not a whole number'],
  [['list', 'user_1'], 'too many arguments'],
  [['show'], 'name a connection by its id, or by --user and --auth-config'],
  [['watch', '--user', 'u'], 'name a connection'],
  [['cancel', 'u/ac', '--user', 'u', '--auth-config', 'ac'], 'name a connection'],
  [['reconnect-link'], 'name a connection by its id'],
  [['reconnect-link', 'u/ac', '--valid-for', '31'], 'not a number of days, 1 to 30'],
  [['sandbox', '--port', '65536'], 'not a port'],
  [['events', 'list', '--limit', '0'], 'not a whole number'],
  [['events', 'resend'], "missing required argument 'events'"],
  [['lapse', 'u'], '--confirm: is needed, and --yes'],
  [['lapse', 'u', '--yes', '--confirm', 'v'], '--confirm: names another'],
  [['lapse', 'u', '--grace', '-1h'], 'not a time'],
  [['offboard', 'u'], "required option '--actor <who>' not specified"],
  [['offboard', 'u', '--actor', 'a', '--reason', 'r'], '--confirm: is needed, and --yes'],
  [['release', 'u', '--actor', 'a'], "required option '--reason <why>' not specified"],
  [['sweep', '--mode', 'repair'], 'heal, probe, proactive'],
  [['sweep', '--harm-limit', '0'], 'not a whole number'],
  [['schedule', 'pause'], "missing required argument 'name'"],
  [['schedule', 'apply', 'none.json'], 'cannot be read'],
  [['account', 'enable', 'ca_1'], "required option '--user <id>' not specified"],
  [['account', 'alias', 'ca_1', '--user', 'u'], "missing required argument 'alias'"],
  [['account', 'sharing', 'ca_1', '--user', 'u'], 'sharing: names none of'],
  [['account', 'credentials', 'ca_1', '--user', 'u', '--scheme', 'OAUTH2'], 'BEARER_TOKEN'],
  [
    ['account', 'credentials', 'ca_1', '--user', 'u', '--scheme', 'BASIC', '--file', 'none.json'],
    'none.json: cannot be read',
  ],
  [['disconnect', 'ca_1'], "required option '--user <id>' not specified"],
  [['disconnect', 'ca_1', '--user', 'u', '--undo-window', 'soon'], 'not a time such as'],
  [['disconnect', 'ca_1', '--user', 'u'], '--confirm: is needed, and --yes'],
  [['disconnect', 'ca_1', '--user', 'u', '--confirm', 'u'], '--confirm: is needed, and --yes'],
  [['disconnect', 'ca_1', '--user', 'u', '--yes', '--confirm', 'v'], '--confirm: names another'],
  [['release', 'u', '--actor', 'a', '--reason', 'r'], '--confirm: is needed, and --yes'],
  [['adjust', 'u', '--actor', 'a', '--reason', 'r'], "required option '--until <time>'"],
  [['keep', 'ca_1'], "required option '--user <id>' not specified"],
  [['sweep', '--account-type', 'public'], 'PRIVATE, SHARED, ALL'],
  [['sweep', '--account', 'ca_1', '--account', 'a,b'], 'filter.connectedAccountIds.1: '],
  [['sweep', '--mode', 'probe', '--status', 'ALIVE'], 'INACTIVE'],
  [
    ['sweep', '--status', 'EXPIRED', '--account-type', 'ALL'],
    'filter.statuses: cannot be set in mode heal',
  ],
  [['keygen', 'a:b'], 'not 1 to 32 letters'],
])('mooring %j › exits 2 and names the mistake on stderr', async (args, why) => {
  expect(await runCommandLine(args)).toBe(2);
  expect(written.stderr).toContain(why);
  expect(written.stdout).toBe('');
});

test.each(['worker', 'gateway'])('mooring %s › names the missing variable', async (name) => {
  vi.stubEnv('COMPOSIO_API_KEY', '');
  vi.stubEnv('MOORING_TOKEN_KEYS', '');
  expect(await runCommandLine([name])).toBe(2);
  const missing = name === 'worker' ? 'COMPOSIO_API_KEY' : 'MOORING_TOKEN_KEYS';
  expect(written.stderr.split('\n')[0]).toBe(`error ERR_INVALID_INPUT: ${missing}: is not set`);
  vi.unstubAllEnvs();
});

test('mooring keygen › prints a key ring and nothing else on stdout', async () => {
  expect(await runCommandLine(['keygen', 'k1'])).toBe(0);
  expect(parseKeyRing(written.stdout.trim()).writingKeyId).toBe('k1');
  expect(written.stderr).toContain('MOORING_CREDENTIAL_KEYS or MOORING_TOKEN_KEYS');
});
