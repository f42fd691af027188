import { randomBytes } from 'node:crypto';
import { type Scenario, scenarios } from './scenarios.ts';
import { type Backdrop, type Finding, Stage } from './stage.ts';

export interface ScenarioResult extends Finding {
  name: string;
  ok: boolean;
  ms: number;
  /** Why it is not ok. */
  error?: string;
}

const nothing: Finding = { outcome: 'none', reason: null, apiCalls: 0, historyEvents: 0 };

/** Scripted people go through the scenarios; those that share nothing do so side by side. */
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
  return results;
}

async function perform(scenario: Scenario, backdrop: Backdrop): Promise<ScenarioResult> {
  const { name } = scenario;
  const stage = new Stage(backdrop, `demo-${name}-${randomBytes(3).toString('hex')}`);
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    const finding = await scenario.run(stage);
    return { name, ok: true, ...finding, ms: elapsed() };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { name, ok: false, ...nothing, ms: elapsed(), error: text };
  }
}

export function unknownScenarios(only: string[]): string[] {
  const names = scenarios.map(({ name }) => name);
  return only.filter((name) => !names.includes(name));
}
