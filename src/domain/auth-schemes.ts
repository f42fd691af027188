/**
 * The schemes that Composio's create call takes, as one table: the builders, the checks at the border,
 * the sandbox and the tests are driven by it. Field names are the wire's own.
 *
 * - `builder`: the SDK's name for it where it has one, else ours.
 * - `credentials`: with all of these the account is ACTIVE at once.
 * - `oneOf`: where the scheme knows several spellings of its one credential.
 * - `redirects`: without credentials the user is sent to the provider, who asks him.
 */
export const authSchemes = {
  OAUTH2: { builder: 'OAuth2', credentials: ['access_token'], redirects: true },
  OAUTH1: {
    builder: 'OAuth1',
    credentials: ['oauth_token', 'oauth_token_secret'],
    redirects: true,
  },
  DCR_OAUTH: { builder: 'DcrOAuth', credentials: ['client_id', 'access_token'], redirects: true },
  API_KEY: {
    builder: 'APIKey',
    credentials: [],
    oneOf: ['api_key', 'generic_api_key', 'bearer_token', 'basic_encoded'],
    redirects: false,
  },
  BASIC: { builder: 'Basic', credentials: ['username'], redirects: false },
  BEARER_TOKEN: { builder: 'BearerToken', credentials: ['token'], redirects: false },
  GOOGLE_SERVICE_ACCOUNT: {
    builder: 'GoogleServiceAccount',
    credentials: ['credentials_json'],
    redirects: false,
  },
  SERVICE_ACCOUNT: {
    builder: 'ServiceAccount',
    credentials: ['application_id', 'installation_id', 'private_key'],
    redirects: false,
  },
  BASIC_WITH_JWT: {
    builder: 'BasicWithJWT',
    credentials: ['username', 'password'],
    redirects: false,
  },
  BILLCOM_AUTH: { builder: 'BillcomAuth', credentials: ['sessionId', 'devKey'], redirects: false },
  S2S_OAUTH2: { builder: 'S2SOAuth2', credentials: ['access_token'], redirects: false },
  NO_AUTH: { builder: 'NoAuth', credentials: [], redirects: false },
  CALCOM_AUTH: { builder: 'CalcomAuth', credentials: [], redirects: false },
  SAML: { builder: 'Saml', credentials: [], redirects: false },
} as const satisfies Record<string, AuthSchemeRules>;

export interface AuthSchemeRules {
  builder: string;
  credentials: readonly string[];
  oneOf?: readonly string[];
  redirects: boolean;
}

export type AuthSchemeName = keyof typeof authSchemes;

/** What `initiate` is given, in the exact form of the wire. Holds credentials: sealed before it travels. */
export interface AuthScheme {
  authScheme: AuthSchemeName;
  val: { status: 'INITIALIZING' | 'ACTIVE'; [field: string]: unknown };
}
