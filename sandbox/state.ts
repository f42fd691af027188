import type { Accounts } from './accounts.ts';
import type { CallLog } from './call-log.ts';
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Links } from './links.ts';
import type { Locks } from './locks.ts';
import type { OAuthClient } from './provider/client.ts';
import type { ProviderRows } from './provider/rows.ts';
import type { Secrets } from './secrets.ts';
import type { Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';

/** Everything one sandbox knows; its routes are functions of this. */
export interface State {
  /** Where this sandbox is reached. */
  url: string;
  /** All of one organisation: whatever one of them does, the others see. */
  apiKeys: Set<string>;
  clock: Clock;
  settings: Settings;
  secrets: Secrets;
  accounts: Accounts;
  links: Links;
  sessions: Sessions;
  locks: Locks;
  calls: CallLog;
  faults: Faults;
  client: OAuthClient;
  providerRows: ProviderRows;
  log: (line: string) => void;
}
