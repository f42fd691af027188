import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { finished } from '../support/processes.ts';

interface Told {
  ok: boolean;
  scenarios: {
    name: string;
    apiCalls: number;
    historyEvents: number;
    left: Record<string, string>;
  }[];
}

const timeout = 120_000;

/** `npm run demo`, on a Temporal of its own. */
async function demo(...args: string[]) {
  const child = spawn('npm', ['run', '-s', 'demo', '--', ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill());
  return finished(child);
}

const active = { 'connect.active': 1 };
const twice = { 'connect.active': 2 };
const failed = { 'connect.failed': 1 };
const expired = { 'connect.expired': 1 };
const canceled = { 'connect.canceled': 1 };

it(
  'the demo tells every scenario as it has to end, in one JSON object on the last line',
  { timeout },
  async () => {
    const { code, stdout, stderr } = await demo('--auto', '--json');
    const told = JSON.parse(stdout.split('\n').at(-1) ?? '') as Told;
    const scenarios = told.scenarios.map(({ left, ...scenario }) => ({
      ...scenario,
      left: Object.values(left).sort(),
    }));
    expect({ ok: told.ok, scenarios }, stderr).toEqual({
      ok: true,
      scenarios: [
        ending('approves', 'ACTIVE', null, active, ['ACTIVE']),
        ending('denies', 'FAILED', 'denied', failed, []),
        ending('abandons', 'EXPIRED', 'abandoned', expired, []),
        ending('closes-the-tab', 'ACTIVE', null, active, ['ACTIVE']),
        ending('clicks-twice', 'ACTIVE', null, active, ['ACTIVE']),
        ending('already-connected', 'ERR_ALREADY_CONNECTED', 'refused', {}, ['ACTIVE']),
        ending('canceled', 'CANCELED', 'canceled', canceled, []),
        ending('worker-killed', 'ACTIVE', null, active, ['ACTIVE']),
        ending('answer-lost', 'ACTIVE', null, active, ['ACTIVE']),
        ending('event-endpoint-down-then-up', 'ACTIVE', null, active, ['ACTIVE']),
        ending('api-key', 'ACTIVE', null, active, ['ACTIVE']),
        ending('api-key-rejected', 'ERR_CREDENTIALS_REJECTED', 'refused', {}, []),
        ending('custom-oauth-subdomain', 'ACTIVE', null, active, ['ACTIVE']),
        ending('shared', 'ACTIVE', null, active, ['ACTIVE']),
        ending('second-account', 'ACTIVE', null, twice, ['ACTIVE', 'ACTIVE']),
        ending('alias-clash', 'ERR_ALIAS_IN_USE', 'refused', active, [
          'ACTIVE',
          'ACTIVE',
          'ACTIVE',
        ]),
        ending('reconnects', 'ACTIVE', null, twice, ['ACTIVE', 'EXPIRED']),
        ending(
          'reconnects-as-someone-else',
          'FAILED',
          'identity_mismatch',
          { ...active, ...failed },
          ['EXPIRED'],
        ),
        ending('someone-else-finishes', 'FAILED', 'identity_mismatch', failed, []),
        ending('same-alias-again', 'ACTIVE', null, twice, ['ACTIVE', 'EXPIRED']),
        ending('late-after-expiry', 'EXPIRED', 'abandoned', expired, []),
        ending('late-after-cancel', 'CANCELED', 'canceled', canceled, []),
      ],
    });
    const keys = 'name ok outcome reason apiCalls historyEvents events left ms'.split(' ');
    for (const scenario of told.scenarios) expect(Object.keys(scenario)).toEqual(keys);
    const scenario = (name: string) => told.scenarios.find((one) => one.name === name);
    expect(scenario('approves')?.apiCalls).toBe(3);
    expect(scenario('approves')?.historyEvents).toBeLessThanOrEqual(36);
    expect(scenario('second-account')?.historyEvents).toBeLessThanOrEqual(44);
    expect(scenario('abandons')?.apiCalls).toBeLessThanOrEqual(9);
    expect(code).toBe(0);
  },
);

it('the demo tells people on a hundred columns, and `--only` picks', { timeout }, async () => {
  const { code, stdout } = await demo('--auto', '--only', 'approves,reconnects-as-someone-else');
  const lines = stdout.split('\n');
  expect(lines.map((line) => line.replace(/ +[\d.]+$/, ''))).toEqual([
    'scenario                    outcome                  API hist told           left               s',
    expect.stringMatching(/^ok approves +ACTIVE +3 +\d+ active +ACTIVE$/),
    expect.stringMatching(/^ok reconnects-as-someone-else +FAILED identity_mismatch .+ EXPIRED$/),
    '',
    'all 2 ended as they have to',
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  expect(code).toBe(0);
});

it('the demo names a scenario that there is not, and exits 2', { timeout }, async () => {
  const { code, stdout, stderr } = await demo('--auto', '--only', 'approves,nope');
  expect(stderr).toContain('no such scenario: nope\n');
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

function ending(
  name: string,
  outcome: string,
  reason: string | null,
  events: Record<string, number>,
  left: string[],
) {
  const number: unknown = expect.any(Number);
  const cost = { apiCalls: number, historyEvents: number, ms: number };
  return { name, ok: true, outcome, reason, ...cost, events, left };
}
