import {
  type AuthSchemeName,
  type AuthSchemeRules,
  authSchemes,
} from '../src/domain/auth-schemes.ts';
import type { AuthConfig } from './auth-configs.ts';

/** The values of an account's creator: credentials, and its site at the toolkit. */
export type Values = Record<string, unknown>;

/**
 * Fields that are no credentials: a toolkit's site (§4.2), and how a token or an OAuth app is used.
 */
const plain = new Set(
  `subdomain your-domain region shop account_url COMPANYDOMAIN extension form_api_base_url
  instanceEndpoint api_url borneo_dashboard_url domain version dc site_name instanceName account_id
  your_server server_location base_url status token_type scope expires_in expires_at state_prefix
  long_redirect_url callback_url displayName scopes user_scopes oauth_redirect_uri`.split(/\s+/),
);

export function isCredential(name: string): boolean {
  return !plain.has(name);
}

function given(values: Values, name: string): boolean {
  const value = values[name];
  return typeof value === 'string' && value !== '';
}

/**
 * The fields that make an account of this scheme ACTIVE. `values` choose among several spellings.
 */
export function credentialFields(scheme: AuthSchemeName, values: Values): string[] {
  const { credentials, oneOf }: AuthSchemeRules = authSchemes[scheme];
  if (oneOf === undefined) return [...credentials];
  const spelling = oneOf.find((name) => given(values, name)) ?? 'generic_api_key';
  return [...credentials, spelling];
}

/** The same with the optional password of BASIC: the link page has it, and the SDK expects it. */
export function fullCredentialFields(scheme: AuthSchemeName, values: Values): string[] {
  const fields = credentialFields(scheme, values);
  return scheme === 'BASIC' ? [...fields, 'password'] : fields;
}

/** The fields of the link page. */
export function askedFields({ scheme, required }: AuthConfig, values: Values): string[] {
  if (authSchemes[scheme].redirects) return [...required];
  return [...required, ...fullCredentialFields(scheme, values)];
}

/** The missing ones of the fields. */
export function missing(fields: readonly string[], values: Values): string[] {
  return fields.filter((name) => !given(values, name));
}

/** The provider's verdict: a credential that starts with `bad` is wrong. */
export function wrongCredential(values: Values): string | undefined {
  const credentials = Object.entries(values).flatMap(([name, value]) =>
    isCredential(name) && typeof value === 'string' ? [value] : [],
  );
  return credentials.find((value) => value.startsWith('bad'));
}

/** `subdomain` for display: `Subdomain`. */
export function label(name: string): string {
  if (name === 'generic_api_key') return 'API Key';
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .split(/[ _-]/)
    .map((word) =>
      /^(api|id|json)$/i.test(word)
        ? word.toUpperCase()
        : word.charAt(0).toUpperCase() + word.slice(1),
    )
    .join(' ');
}
