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

/** Everything that one sandbox knows; its routes are functions of this. */
export interface State {
  /** The address of this sandbox. */
  url: string;
  /** Keys of one organization: each sees what the others do. */
  apiKeys: Set<string>;
  /** Personal keys, which most writes do not accept. */
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
  /** Registers this auth config's client at the provider. */
  registerClient: (authConfig: AuthConfig) => Promise<void>;
  providerRows: ProviderRows;
  /** Ends a grant at the provider, which finds it by `refreshToken`. */
  killGrant: (refreshToken: string) => Promise<void>;
  webhooks: Webhooks;
  /** Tool calls that reached the toolkit, by account. */
  toolCalls: Map<string, number>;
  log: (line: string) => void;
}
