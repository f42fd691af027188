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
  /** Off: accounts of the custom auth config ac_custom_slack show their real tokens, as Composio's masking setting allows. */
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
  maskSecrets: true,
  tokenEndpoint: 'works',
};
