/** What a test may change while the sandbox runs. */
export interface Settings {
  /** Life of links made from now on. */
  linkLifeMs: number;
  /** The organisation's budget, per window. */
  requestsPerMinute: number;
  /** Length of the budget's window on the sandbox's clock, in whole seconds: tests scale the minute down. */
  windowMs: number;
  /**
   * How the list is paged: `exact`, by the last row shown, while rows come and go; or by `offset`, so that what
   * leaves the list hides others, and what comes shows them again. Or wrongly: the third page leads back to the
   * first (`circle`), a page to itself (`stuck`), or by a cursor that is another query's (`foreign`).
   */
  cursors: 'exact' | 'offset' | 'circle' | 'stuck' | 'foreign';
  /** Whether answers and events hold `user_id`. Composio calls it deprecated, and will leave it out. */
  showUserIds: boolean;
  /** Filters that the list ignores. */
  ignoredFilters: readonly ('user_ids' | 'connected_account_ids' | 'auth_config_ids')[];
  /** Ids of accounts whose answers break the contract: `created_at` is null. */
  brokenRows: readonly string[];
  /** What the way to the API and back takes, half of it each, on every call. */
  latencyMs: number;
  /** `counts`: only how many there were of each route and answer, so that a million calls take no memory. */
  callLog: 'all' | 'counts';
  /** Where a refusal by the person leaves the account. The contract leaves this open (§2.2). */
  deniedStatus: 'FAILED' | 'INITIATED';
  /** What becomes of a consent that is finished after its account expired or was deleted. */
  lateCompletion: 'skip' | 'revoke';
  /** Lets a late consent turn an EXPIRED account ACTIVE, as a race at Composio might. */
  reviveExpired: boolean;
  /** A deleted row goes on holding its alias; the contract leaves this open (§8). */
  deletedHoldAlias: boolean;
  /** What a PATCH to an alias that another account holds is answered with: sources differ (§13). */
  aliasClashOnPatch: 400 | 409;
  /** The project's callback verifier: consents are sent there, and exchanged by complete_auth only. */
  verifierUrl: string | null;
  /** Whoever rejects a credential quotes it, as careless upstreams do. */
  echoCredentials: boolean;
  /** Off: accounts of auth configs that are not managed show their real secrets, as Composio's masking setting allows. */
  maskSecrets: boolean;
  /** Exchanges at the provider: `fails` with 503, or is half a second `slow`. */
  tokenEndpoint: 'works' | 'fails' | 'slow';
  /**
   * What the refresh call does: `restart` the authorisation, as today's specification has it; `renew` by the
   * refresh token, as the old documentation had it, a dead grant leaving the account EXPIRED; or
   * `renewOrRestart`: renew, and restart where there is no living grant.
   */
  refreshReading: 'restart' | 'renew' | 'renewOrRestart';
  /** After how many unanswered background renewals in a row an account is EXPIRED. */
  maxRenewalFailures: number;
  /** How often the background renewal runs by itself; null: only when told to. */
  renewEveryMs: number | null;
  /** Revocations at the provider: fail with 503, or take half a second. */
  revocationEndpoint: 'works' | 'fails' | 'slow';
  /** How the provider takes the revocation of a token that is dead already: RFC 7009 says it works; Google refuses. */
  deadTokenRevocation: 'works' | 'fails';
  /** What one revocation ends at the provider: the account's own grant, or every grant of that person to that client. */
  revocationEnds: 'account' | 'person';
  /** Lets INACTIVE accounts execute tools, against the documentation, as has been seen (§2.4). */
  inactiveExecutes: boolean;
  /** What toolkits make of the tools: `fail` is theirs, and so a 200 that is not successful. */
  tools: 'work' | 'fail';
  /** Where `composio.connected_account.expired` is sent. */
  webhookUrl: string | null;
  /** Each signs: two while one replaces the other. */
  webhookSecrets: readonly string[];
  /** Deliveries of one event until the receiver answers 2xx; the contract gives no number. */
  webhookAttempts: number;
  /** Before the second attempt; each later one waits twice as long. */
  webhookRetryMs: number;
  /** How often each event is sent, under one id: at least once, as in life. */
  webhookCopies: number;
  /** Keeps events back until `releaseWebhooks`. */
  holdWebhooks: boolean;
}

export const defaultSettings: Settings = {
  linkLifeMs: 600_000, // the contract's ten minutes
  requestsPerMinute: 2_000, // the smallest plan's budget
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
