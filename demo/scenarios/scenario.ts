import type { Finding } from '../finding.ts';
import type { Stage } from '../stage.ts';

/** One story of a user, played by scripted people against the whole stack. */
export interface Scenario {
  name: string;
  /** Runs before the others, because it changes what they share: a setting, or the time. */
  alone?: boolean;
  run(stage: Stage): Promise<Finding>;
}
