import type { Accounts } from './accounts.ts';
import type { AuthConfigStore } from './auth-config-store.ts';
import type { AuthConfig } from './auth-configs.ts';
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
import type { Webhooks } from './webhooks.ts';

/** Everything one sandbox knows; its routes are functions of this. */
export interface State {
  /** Where this sandbox is reached. */
  url: string;
  /** All of one organisation: whatever one of them does, the others see. */
  apiKeys: Set<string>;
  /** Keys of people, which most writes do not take. */
  userApiKeys: Set<string>;
  authConfigs: AuthConfigStore;
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
  /** Makes the sandbox known at the provider as this auth config's client. */
  registerClient: (authConfig: AuthConfig) => Promise<void>;
  providerRows: ProviderRows;
  /** Ends a grant at the provider; `refreshToken` is the way to find it. */
  killGrant: (refreshToken: string) => Promise<void>;
  webhooks: Webhooks;
  /** Tool calls that were let through, by account. */
  toolCalls: Map<string, number>;
  log: (line: string) => void;
}
