/**
 * The auth schemes that Composio's create call accepts. The builders, the input checks, the sandbox
 * and the tests use this table. Field names are those of Composio's API.
 *
 * - `builder`: the name in Composio's SDK if it has one, else Mooring's.
 * - `credentials`: with all of these the account is ACTIVE at once.
 * - `oneOf`: the accepted names of a scheme's single credential.
 * - `redirects`: without credentials, the user is sent to the provider to consent.
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

/** Schemes whose credentials can be changed in place: a user or an admin holds them. */
export const patchableSchemes = [
  'BEARER_TOKEN',
  'API_KEY',
  'BASIC',
  'BASIC_WITH_JWT',
  'GOOGLE_SERVICE_ACCOUNT',
  'SERVICE_ACCOUNT',
] as const satisfies readonly AuthSchemeName[];

/**
 * The value of `initiate`, in the exact form of Composio's API. It contains credentials. The client
 * encrypts them before they leave the process.
 */
export interface AuthScheme {
  authScheme: AuthSchemeName;
  val: { status: 'INITIALIZING' | 'ACTIVE'; [field: string]: unknown };
}

type Rules<Name extends AuthSchemeName> = (typeof authSchemes)[Name];

/**
 * Toolkits have their own fields (`subdomain`, `region`). An explicit status wins over the default.
 */
interface OtherFields {
  status?: 'INITIALIZING' | 'ACTIVE';
  [field: string]: unknown;
}

type Each<Field extends string> = { [Key in Field]: string };
/** At least one of the fields: a union with one member for each. */
type AnyOf<Field extends string> = { [Key in Field]: Each<Key> }[Field];

type SchemeCredentials<Name extends AuthSchemeName> =
  Rules<Name> extends { oneOf: readonly (infer Field extends string)[] }
    ? AnyOf<Field>
    : Each<Rules<Name>['credentials'][number]>;

/** The fields are optional if the user can be sent to the provider, or if the scheme needs none. */
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
 * Builds the value for `method: { initiate: … }`, with the names and the form of Composio's SDK.
 *
 * ```ts
 * import { AuthScheme } from 'mooring';
 *
 * AuthScheme.APIKey({ api_key: '…' }); // ACTIVE at once
 * AuthScheme.OAuth2({ subdomain: 'acme' }); // your own OAuth app: the user consents there
 * // A token that you hold and renew yourself. It needs a BEARER_TOKEN auth config.
 * AuthScheme.BearerToken({ token: '…' });
 * ```
 *
 * Composio no longer supports the import of OAuth tokens. An account made from `OAuth2` with an
 * `access_token` may stay INITIATED; the attempt then ends EXPIRED
 * (ComposioHQ/composio #2870, #2890).
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
