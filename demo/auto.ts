import { randomBytes } from 'node:crypto';
import { MooringError } from '../src/client.ts';
import { scenarios } from './scenarios/index.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { type Backdrop, type Finding, Stage } from './stage.ts';

export interface ScenarioResult extends Finding {
  name: string;
  ok: boolean;
  ms: number;
  /** Why it is not ok. */
  error?: string;
}

/**
 * Scripted people go through the scenarios; those that share nothing do so side by side. Tells of each
 * as it ends, and answers all in the order of the list.
 */
export async function runScenarios(
  backdrop: Backdrop,
  only: string[] | undefined,
  tell: (result: ScenarioResult) => void,
): Promise<ScenarioResult[]> {
  const chosen = scenarios.filter(({ name }) => only?.includes(name) ?? true);
  const run = async (scenario: Scenario) => {
    const result = await perform(scenario, backdrop);
    tell(result);
    return result;
  };
  const results: ScenarioResult[] = [];
  for (const scenario of chosen.filter(({ alone }) => alone)) results.push(await run(scenario));
  results.push(...(await Promise.all(chosen.filter(({ alone }) => !alone).map(run))));
  const place = ({ name }: ScenarioResult) => chosen.findIndex((one) => one.name === name);
  return results.toSorted((a, b) => place(a) - place(b));
}

async function perform(scenario: Scenario, backdrop: Backdrop): Promise<ScenarioResult> {
  const { name } = scenario;
  const stage = new Stage(backdrop, `demo-${name}-${randomBytes(3).toString('hex')}`);
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
    const apiCalls = await stage.apiCalls().catch(() => 0);
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
