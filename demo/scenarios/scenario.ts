import type { Finding } from '../finding.ts';
import type { Stage } from '../stage.ts';

/** One story of a user, told by scripted people against everything that runs. */
export interface Scenario {
  name: string;
  /** Told before the others, because it changes what they share: a setting, or the time. */
  alone?: boolean;
  run(stage: Stage): Promise<Finding>;
}
