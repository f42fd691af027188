/** What a test may change while the sandbox runs. */
export interface Settings {
  /** The lifetime of new links. */
  linkLifeMs: number;
  /** The organization's rate limit, per window. */
  requestsPerMinute: number;
  /**
   * The length of the rate limit's window on the sandbox's clock, in whole seconds: tests scale the
   * minute down.
   */
  windowMs: number;
  /**
   * How the list is paged. `exact`: by the last row shown, while rows are added and deleted.
   * `offset`: a row that leaves the list hides others, and a new one shows them again. Wrong ones:
   * the third page leads back to the first (`circle`), a page to itself (`stuck`), or a cursor
   * belongs to another query (`foreign`).
   */
  cursors: 'exact' | 'offset' | 'circle' | 'stuck' | 'foreign';
  /**
   * Whether answers and events have `user_id`. Composio calls it deprecated, and will remove it.
   */
  showUserIds: boolean;
  /** Filters that the list ignores. */
  ignoredFilters: readonly ('user_ids' | 'connected_account_ids' | 'auth_config_ids')[];
  /** Ids of accounts whose answers break the contract: `created_at` is null. */
  brokenRows: readonly string[];
  /** The latency of every call, half of it each way. */
  latencyMs: number;
  /**
   * `counts`: only how many calls there were of each route and answer, so that a million calls take
   * no memory.
   */
  callLog: 'all' | 'counts';
  /** The status of an account after the person denies. The contract leaves this open (§2.2). */
  deniedStatus: 'FAILED' | 'INITIATED';
  /** What happens to a consent that is finished after its account expired or was deleted. */
  lateCompletion: 'skip' | 'revoke';
  /** Lets a late consent make an EXPIRED account ACTIVE, as a race at Composio might. */
  reviveExpired: boolean;
  /** A deleted row keeps its alias; the contract leaves this open (§8). */
  deletedHoldAlias: boolean;
  /** The answer to a PATCH with an alias that another account has: sources differ (§13). */
  aliasClashOnPatch: 400 | 409;
  /**
   * The project's callback verifier: consents are sent there, and only complete_auth exchanges
   * them.
   */
  verifierUrl: string | null;
  /** Errors quote a rejected credential, as careless upstreams do. */
  echoCredentials: boolean;
  /**
   * Off: accounts of auth configs that are not managed show their real secrets, as Composio's
   * masking setting allows.
   */
  maskSecrets: boolean;
  /** Exchanges at the provider: `fails` with 503, or is half a second `slow`. */
  tokenEndpoint: 'works' | 'fails' | 'slow';
  /**
   * What the refresh call does. `restart`: it restarts the authorization, as in today's
   * specification. `renew`: it uses the refresh token, as in the old documentation, and a dead
   * grant leaves the account EXPIRED. `renewOrRestart`: it renews, and restarts if there is no
   * living grant.
   */
  refreshReading: 'restart' | 'renew' | 'renewOrRestart';
  /** The number of unanswered background renewals in a row after which an account is EXPIRED. */
  maxRenewalFailures: number;
  /** The interval of the background renewal; null: only on request. */
  renewEveryMs: number | null;
  /** Revocations at the provider: fail with 503, or take half a second. */
  revocationEndpoint: 'works' | 'fails' | 'slow';
  /**
   * How the provider answers the revocation of a dead token: RFC 7009 accepts it; Google refuses.
   */
  deadTokenRevocation: 'works' | 'fails';
  /**
   * What one revocation ends at the provider: the account's own grant, or every grant of that
   * person to that client.
   */
  revocationEnds: 'account' | 'person';
  /** Lets INACTIVE accounts execute tools, against the documentation, as seen live (§2.4). */
  inactiveExecutes: boolean;
  /**
   * How toolkits answer tools: `fail` is their own failure, and so a 200 that is not successful.
   */
  tools: 'work' | 'fail';
  /** Where `composio.connected_account.expired` is sent. */
  webhookUrl: string | null;
  /** Each secret signs: two during a rotation. */
  webhookSecrets: readonly string[];
  /** Deliveries of one event until the receiver answers 2xx; the contract gives no number. */
  webhookAttempts: number;
  /** The pause before the second attempt; each later one is twice as long. */
  webhookRetryMs: number;
  /** How often each event is sent, under one id, as at-least-once delivery allows. */
  webhookCopies: number;
  /** Holds events back until `releaseWebhooks`. */
  holdWebhooks: boolean;
}

export const defaultSettings: Settings = {
  linkLifeMs: 600_000, // the contract's ten minutes
  requestsPerMinute: 2_000, // the smallest plan's rate limit
  windowMs: 60_000,
  cursors: 'exact',
  showUserIds: true,
  ignoredFilters: [],
  brokenRows: [],
  latencyMs: 0,
  callLog: 'all',
  deniedStatus: 'FAILED',
  lateCompletion: 'skip',
  reviveExpired: false,
  deletedHoldAlias: false,
  aliasClashOnPatch: 409,
  verifierUrl: null,
  echoCredentials: false,
  maskSecrets: true,
  tokenEndpoint: 'works',
  refreshReading: 'restart',
  maxRenewalFailures: 3,
  renewEveryMs: null,
  revocationEndpoint: 'works',
  deadTokenRevocation: 'works',
  revocationEnds: 'account',
  inactiveExecutes: false,
  tools: 'work',
  webhookUrl: null,
  webhookSecrets: ['sandbox-webhook-secret'],
  webhookAttempts: 5,
  webhookRetryMs: 500,
  webhookCopies: 1,
  holdWebhooks: false,
};
