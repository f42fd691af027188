import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { finished } from '../support/processes.ts';

interface Told {
  ok: boolean;
  scenarios: { name: string; apiCalls: number; historyEvents: number }[];
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

it(
  'the demo tells all nine scenarios as they have to end, in one JSON object on the last line',
  { timeout },
  async () => {
    const { code, stdout, stderr } = await demo('--auto', '--json');
    const told = JSON.parse(stdout.split('\n').at(-1) ?? '') as Told;
    expect(told, stderr).toEqual({
      ok: true,
      scenarios: [
        ending('approves', 'ACTIVE'),
        ending('denies', 'FAILED', 'denied'),
        ending('abandons', 'EXPIRED', 'abandoned'),
        ending('closes-the-tab', 'ACTIVE'),
        ending('clicks-twice', 'ACTIVE'),
        ending('worker-killed', 'ACTIVE'),
        ending('answer-lost', 'ACTIVE'),
        ending('already-connected', 'ERR_ALREADY_CONNECTED', 'refused'),
        ending('canceled', 'CANCELED', 'canceled'),
      ],
    });
    for (const scenario of told.scenarios) {
      const keys = ['name', 'ok', 'outcome', 'reason', 'apiCalls', 'historyEvents', 'ms'];
      expect(Object.keys(scenario)).toEqual(keys);
    }
    const [approves, , abandons] = told.scenarios;
    expect(approves?.apiCalls).toBe(3);
    expect(approves?.historyEvents).toBeLessThanOrEqual(30);
    expect(abandons?.apiCalls).toBeLessThanOrEqual(9);
    expect(code).toBe(0);
  },
);

it('the demo names a scenario that there is not, and exits 2', { timeout }, async () => {
  const { code, stdout, stderr } = await demo('--auto', '--only', 'approves,nope');
  expect(stderr).toContain('no such scenario: nope\n');
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

function ending(name: string, outcome: string, reason: string | null = null) {
  const number: unknown = expect.any(Number);
  return { name, ok: true, outcome, reason, apiCalls: number, historyEvents: number, ms: number };
}
