/** What a test may change while the sandbox runs. */
export interface Settings {
  /** Life of links made from now on. */
  linkLifeMs: number;
  /** The organisation's budget, per window of one minute of the sandbox's clock. */
  requestsPerMinute: number;
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
}

export const defaultSettings: Settings = {
  linkLifeMs: 600_000, // the contract's ten minutes
  requestsPerMinute: 2_000, // the smallest plan's budget
  deniedStatus: 'FAILED',
  lateCompletion: 'skip',
  reviveExpired: false,
  deletedHoldAlias: false,
  aliasClashOnPatch: 400,
  verifierUrl: null,
  echoCredentials: false,
  maskSecrets: true,
  tokenEndpoint: 'works',
};
