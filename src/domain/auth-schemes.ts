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
  CIMD_OAUTH: { builder: 'CimdOAuth', credentials: ['client_id', 'access_token'], redirects: true },
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

/** Schemes whose credentials can be changed in place: those that a user or an admin holds himself. */
export const patchableSchemes = [
  'BEARER_TOKEN',
  'API_KEY',
  'BASIC',
  'BASIC_WITH_JWT',
  'GOOGLE_SERVICE_ACCOUNT',
  'SERVICE_ACCOUNT',
] as const satisfies readonly AuthSchemeName[];

/** What `initiate` is given, in the exact form of the wire. Holds credentials: sealed before it travels. */
export interface AuthScheme {
  authScheme: AuthSchemeName;
  val: { status: 'INITIALIZING' | 'ACTIVE'; [field: string]: unknown };
}

type Rules<Name extends AuthSchemeName> = (typeof authSchemes)[Name];

/** Toolkits have fields of their own (`subdomain`, `region`); an explicit status wins over the default. */
interface OtherFields {
  status?: 'INITIALIZING' | 'ACTIVE';
  [field: string]: unknown;
}

type Each<Field extends string> = { [Key in Field]: string };
/** At least one of them: a union with one member for each. */
type AnyOf<Field extends string> = { [Key in Field]: Each<Key> }[Field];

type SchemeCredentials<Name extends AuthSchemeName> =
  Rules<Name> extends { oneOf: readonly (infer Field extends string)[] }
    ? AnyOf<Field>
    : Each<Rules<Name>['credentials'][number]>;

/** Where the user may be sent to the provider, and where nothing is needed, the fields may be left out. */
type Builder<Name extends AuthSchemeName> =
  Rules<Name> extends { redirects: true }
    ? (fields?: Partial<SchemeCredentials<Name>> & OtherFields) => AuthScheme
    : OtherFields extends SchemeCredentials<Name>
      ? (fields?: OtherFields) => AuthScheme
      : (fields: SchemeCredentials<Name> & OtherFields) => AuthScheme;

type Builders = {
  readonly [Name in AuthSchemeName as Rules<Name>['builder']]: Builder<Name>;
};

/**
 * Makes what `method: { initiate: … }` takes, under the names and in the form of Composio's SDK.
 *
 * ```ts
 * AuthScheme.APIKey({ api_key: '…' })          // ACTIVE at once
 * AuthScheme.OAuth2({ subdomain: 'acme' })     // your own OAuth app: the user is sent to the provider
 * AuthScheme.BearerToken({ token: '…' })       // a token that you hold and renew, at a BEARER_TOKEN auth config
 * ```
 *
 * Composio no longer supports the import of OAuth tokens: it may leave an account made of `OAuth2` with an
 * `access_token` INITIATED, and the attempt then ends EXPIRED (ComposioHQ/composio #2870, #2890).
 */
export const AuthScheme = Object.fromEntries(
  Object.entries(authSchemes).map(([name, rules]) => [
    rules.builder,
    (fields: OtherFields = {}) => schemeOf(name as AuthSchemeName, fields),
  ]),
) as unknown as Builders;

function schemeOf(authScheme: AuthSchemeName, fields: OtherFields): AuthScheme {
  const { redirects, credentials } = authSchemes[authScheme];
  const isWhole = !redirects || credentials.every((field) => Boolean(fields[field]));
  return { authScheme, val: { status: isWhole ? 'ACTIVE' : 'INITIALIZING', ...fields } };
}
