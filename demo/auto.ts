import { randomBytes } from 'node:crypto';
import { MooringError } from '../src/index.ts';
import { scenarios } from './scenarios/index.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Finding } from './finding.ts';
import { type Backdrop, Stage } from './stage.ts';

export interface ScenarioResult extends Finding {
  name: string;
  ok: boolean;
  ms: number;
  /** Set if the scenario failed: the reason. */
  error?: string;
}

/** The ids of all users in scenarios start with this. */
export const userPrefix = 'demo-';

/**
 * More scenarios at once only wait for each other, on a small machine longer than a gateway waits.
 */
const atOnce = 4;

/**
 * Plays the scenarios with scripted people; scenarios that share nothing run concurrently. Reports
 * each one as it ends, and returns all in the order of the list.
 */
export async function runScenarios(
  backdrop: Backdrop,
  only: string[] | undefined,
  tell: (result: ScenarioResult) => void,
): Promise<ScenarioResult[]> {
  const chosen = scenarios.filter(({ name }) => only?.includes(name) ?? true);
  const results: ScenarioResult[] = [];
  const inTurn = async (scenarios: Iterable<Scenario>) => {
    for (const scenario of scenarios) {
      const result = await perform(scenario, backdrop);
      tell(result);
      results.push(result);
    }
  };
  await inTurn(chosen.filter(({ alone }) => alone));
  const others = chosen.filter(({ alone }) => !alone).values();
  await Promise.all(Array.from({ length: atOnce }, () => inTurn(others)));
  const place = ({ name }: ScenarioResult) => chosen.findIndex((one) => one.name === name);
  return results.toSorted((a, b) => place(a) - place(b));
}

async function perform(scenario: Scenario, backdrop: Backdrop): Promise<ScenarioResult> {
  const { name } = scenario;
  const stage = new Stage(backdrop, `${userPrefix}${name}-${randomBytes(2).toString('hex')}`);
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    return { name, ok: true, ...(await scenario.run(stage)), ms: elapsed() };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const { outcome, reason } = stage.seen.last ?? {
      outcome: error instanceof MooringError ? error.code : 'FAILED',
      reason: null,
    };
    const { length: apiCalls } = await stage.calls().catch(() => []);
    const rest = {
      historyEvents: 0,
      events: stage.told(),
      left: await stage.left().catch(() => ({})),
    };
    return { name, ok: false, outcome, reason, apiCalls, ...rest, ms: elapsed(), error: text };
  }
}

export function unknownScenarios(only: string[]): string[] {
  const names = scenarios.map(({ name }) => name);
  return only.filter((name) => !names.includes(name));
}
