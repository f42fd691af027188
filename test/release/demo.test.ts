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

/** A minute or two, on an otherwise idle machine. */
const timeout = 420_000;

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
const swept = { 'sweep.finished': 1 };
const reauth = { 'connection.reauth_required': 1 };
const healed = { 'connection.healed': 1 };
const disabled = { 'connection.disabled': 1 };
const deleted = { 'connection.deleted': 1 };
const lapsed = { 'subscription.lapse_started': 1, 'subscription.resumed': 1 };
const held = { 'safety.held': 1 };

const all = (count: number, status: string) => Array.from({ length: count }, () => status);

it(
  'the demo reports that every scenario ends as expected, in one JSON object on the last line',
  { timeout },
  async () => {
    const { code, stdout, stderr } = await demo('--auto', '--json');
    expect(stdout, stderr).not.toBe('');
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
        ending('two-browsers', 'FAILED', 'unconfirmed', failed, []),
        ending('one-browser-twice', 'ACTIVE', null, active, ['ACTIVE']),
        ending('worker-killed', 'ACTIVE', null, active, ['ACTIVE']),
        ending('answer-lost', 'ACTIVE', null, active, ['ACTIVE']),
        ending('event-endpoint-down-then-up', 'ACTIVE', null, active, ['ACTIVE']),
        ending('same-request-again', 'ACTIVE', null, active, ['ACTIVE']),
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
        ending('reconnects', 'ACTIVE', null, twice, ['ACTIVE']),
        ending(
          'reconnects-as-someone-else',
          'FAILED',
          'identity_mismatch',
          { ...active, ...failed },
          ['EXPIRED'],
        ),
        ending('someone-else-finishes', 'FAILED', 'identity_mismatch', failed, []),
        ending('reconnect-does-not-kill-itself', 'ACTIVE', null, twice, ['ACTIVE']),
        ending('same-alias-again', 'ACTIVE', null, twice, ['ACTIVE']),
        ending('late-after-expiry', 'EXPIRED', 'abandoned', expired, []),
        ending('late-after-cancel', 'CANCELED', 'canceled', canceled, []),
        ending('canceled-while-refreshed', 'CANCELED', 'canceled', { ...canceled, ...deleted }, []),
        ending('replaced-while-refreshed', 'ACTIVE', null, { ...twice, ...deleted }, ['ACTIVE']),
        ending('grant-dies-webhook', 'ACTIVE', null, { ...active, ...reauth, ...healed }, [
          'ACTIVE',
        ]),
        ending('grant-dies-sweep', 'ACTIVE', null, { ...active, ...reauth, ...healed, ...swept }, [
          'ACTIVE',
        ]),
        ending('dead-for-a-week', 'finished', null, { ...active, ...reauth, 'sweep.finished': 7 }, [
          'EXPIRED',
        ]),
        ending('keeps-the-id', 'ACTIVE', null, { ...active, ...healed }, ['ACTIVE']),
        ending('sweep-heals', 'finished', null, swept, all(20, 'ACTIVE')),
        ending(
          'sweep-would-do-harm',
          'halted',
          null,
          { 'connection.reauth_required': 3, 'sweep.halted': 1 },
          [...all(9, 'ACTIVE'), ...all(3, 'INITIATED')],
        ),
        ending('probe-touches-nothing', 'finished', null, swept, [
          ...all(160, 'ACTIVE'),
          ...all(60, 'EXPIRED'),
          ...all(20, 'INACTIVE'),
        ]),
        ending('sweep-killed-midway', 'finished', null, swept, all(120, 'ACTIVE')),
        ending('abandoned-rows-are-not-healed', 'finished', null, swept, [
          'ACTIVE',
          ...all(9, 'EXPIRED'),
        ]),
        ending(
          'inactive-cannot-execute',
          'ERR_ACCOUNT_UNUSABLE',
          'disabled',
          { ...active, ...disabled },
          ['INACTIVE'],
        ),
        ending('disconnect', 'revoked', null, { ...active, ...deleted }, []),
        ending('disconnect-api-key', 'unsupported', null, { ...active, ...deleted }, []),
        ending('disconnect-disabled', 'revoked', null, { ...active, ...disabled, ...deleted }, []),
        ending('revoke-answer-lost', 'revoked', null, { ...active, ...deleted }, []),
        ending('provider-down-then-up', 'revoked', null, { ...active, ...deleted }, []),
        ending('undo', 'kept', null, active, ['ACTIVE']),
        ending(
          'offboard-mixed',
          'blocked',
          null,
          { ...failed, ...canceled, 'user.offboarded': 1 },
          ['ACTIVE'],
        ),
        ending(
          'quoted-names',
          'ACTIVE',
          null,
          { ...active, 'connect.canceled': 3, 'user.offboarded': 3 },
          ['ACTIVE'],
        ),
        ending(
          'lapse-and-renew',
          'open',
          null,
          { ...active, ...lapsed, 'subscription.paused': 1 },
          ['ACTIVE', 'ACTIVE', 'EXPIRED', 'INACTIVE'],
        ),
        ending('lapse-paid-in-grace', 'open', null, { ...twice, ...lapsed }, ['ACTIVE', 'ACTIVE']),
        ending('late-lapse-event', 'open', null, { ...active, ...lapsed }, ['ACTIVE']),
        ending(
          'not-entitled-unknown',
          'open',
          'entitlement_unknown',
          { ...active, ...lapsed, ...held },
          ['ACTIVE'],
        ),
        ending(
          'mass-lapse-held',
          'held',
          'access_losses_per_hour',
          {
            'safety.held': 4,
            'subscription.lapse_started': 4,
            'subscription.paused': 1,
            'subscription.resumed': 3,
          },
          [...all(3, 'ACTIVE'), 'INACTIVE'],
        ),
      ],
    });
    const keys = 'name ok outcome reason apiCalls historyEvents events left ms'.split(' ');
    for (const scenario of told.scenarios) expect(Object.keys(scenario)).toEqual(keys);
    const scenario = (name: string) => told.scenarios.find((one) => one.name === name);
    expect(scenario('approves')?.apiCalls).toBe(3);
    expect(scenario('approves')?.historyEvents).toBeLessThanOrEqual(36);
    expect(scenario('second-account')?.historyEvents).toBeLessThanOrEqual(44);
    expect(scenario('abandons')?.apiCalls).toBeLessThanOrEqual(9);
    expect(scenario('probe-touches-nothing')?.apiCalls).toBe(3);
    expect(code).toBe(0);
  },
);

it('the demo prints a hundred columns for people, and `--only` selects', { timeout }, async () => {
  const only = 'approves,reconnects-as-someone-else,sweep-would-do-harm';
  const { code, stdout } = await demo('--auto', '--only', only);
  const lines = stdout.split('\n');
  expect(lines.map((line) => line.replace(/ +\d+\.\d$/, ''))).toEqual([
    'scenario                       outcome                  API hist events         left            s',
    expect.stringMatching(/^ok sweep-would-do-harm +halted +13 +\d+ reauth 3, +ACTIVE 9,$/),
    expect.stringMatching(/^ +halted +INITIATED 3$/),
    expect.stringMatching(/^ok approves +ACTIVE +3 +\d+ active +ACTIVE$/),
    expect.stringMatching(/^ok reconnects-as-someone-else +FAILED identity_mismatch .+ EXPIRED$/),
    '',
    'all 3 scenarios ended as expected',
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  expect(code).toBe(0);
});

it('the demo names a scenario that does not exist, and exits 2', { timeout }, async () => {
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
