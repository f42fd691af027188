import { type AuthSchemeName, authSchemes } from '../src/domain/auth-schemes.ts';

export interface AuthConfig {
  id: string;
  toolkit: string;
  /** The toolkit's name as the pages show it. */
  name: string;
  scheme: AuthSchemeName;
  managed: boolean;
  /** The scopes at the provider; empty if there is no provider. */
  scopes: readonly string[];
  /** What the toolkit needs beside the credentials. */
  required: readonly string[];
  /** Whether the toolkit has an endpoint that revokes a grant. */
  revokes: boolean;
}

/** An auth config of one sandbox, which its callers may rename, disable and delete. */
export interface StoredAuthConfig extends AuthConfig {
  uuid: string;
  /** Its own name: a toolkit may have several auth configs. */
  title: string;
  /** The credentials of its creator: for an OAuth app of their own, the client's id and secret. */
  credentials: Readonly<Record<string, unknown>>;
  disabled: boolean;
  deleted: boolean;
  createdAt: number;
  updatedAt: number;
}

type Row = Pick<AuthConfig, 'id' | 'toolkit' | 'name' | 'scheme'> &
  Partial<Pick<AuthConfig, 'managed' | 'scopes' | 'required' | 'revokes'>>;

const rows: readonly Row[] = [
  {
    id: 'ac_gmail',
    toolkit: 'gmail',
    name: 'Gmail',
    scheme: 'OAUTH2',
    managed: true,
    scopes: ['mail.read', 'mail.send'],
  },
  {
    id: 'ac_github',
    toolkit: 'github',
    name: 'GitHub',
    scheme: 'OAUTH2',
    managed: true,
    scopes: ['repo.read'],
  },
  {
    id: 'ac_custom_slack',
    toolkit: 'slack',
    name: 'Slack',
    scheme: 'OAUTH2',
    scopes: ['chat.write'],
  },
  { id: 'ac_apikey', toolkit: 'tavily', name: 'Tavily', scheme: 'API_KEY' },
  {
    id: 'ac_custom_zendesk',
    toolkit: 'zendesk',
    name: 'Zendesk',
    scheme: 'OAUTH2',
    scopes: ['tickets.read'],
    required: ['subdomain'],
    revokes: false,
  },
  // OAuth 1, dynamic registration and client metadata documents all use the same OAuth 2 provider
  // here. The browser's part, and what the API shows of it, are the same.
  {
    id: 'ac_oauth1',
    toolkit: 'trello',
    name: 'Trello',
    scheme: 'OAUTH1',
    scopes: ['boards.read'],
  },
  {
    id: 'ac_dcr_oauth',
    toolkit: 'linear',
    name: 'Linear',
    scheme: 'DCR_OAUTH',
    scopes: ['issues.read'],
  },
  {
    id: 'ac_cimd_oauth',
    toolkit: 'sentry_mcp',
    name: 'Sentry MCP',
    scheme: 'CIMD_OAUTH',
    scopes: ['events.read'],
  },
  { id: 'ac_basic', toolkit: 'freshdesk', name: 'Freshdesk', scheme: 'BASIC' },
  { id: 'ac_bearer', toolkit: 'calendly', name: 'Calendly', scheme: 'BEARER_TOKEN' },
  {
    id: 'ac_google_service_account',
    toolkit: 'bigquery',
    name: 'BigQuery',
    scheme: 'GOOGLE_SERVICE_ACCOUNT',
  },
  {
    id: 'ac_service_account',
    toolkit: 'githubapp',
    name: 'GitHub App',
    scheme: 'SERVICE_ACCOUNT',
  },
  { id: 'ac_basic_with_jwt', toolkit: 'odoo', name: 'Odoo', scheme: 'BASIC_WITH_JWT' },
  { id: 'ac_billcom', toolkit: 'billcom', name: 'Bill.com', scheme: 'BILLCOM_AUTH' },
  { id: 'ac_s2s_oauth2', toolkit: 'zoom', name: 'Zoom', scheme: 'S2S_OAUTH2' },
  { id: 'ac_no_auth', toolkit: 'hackernews', name: 'Hacker News', scheme: 'NO_AUTH' },
  { id: 'ac_calcom', toolkit: 'cal', name: 'Cal.com', scheme: 'CALCOM_AUTH' },
  { id: 'ac_saml', toolkit: 'workday', name: 'Workday', scheme: 'SAML' },
];

/** The auth configs that every sandbox starts with, one per toolkit. */
export const authConfigs: readonly AuthConfig[] = rows.map((row) => ({
  managed: false,
  scopes: [],
  required: [],
  // For other schemes the API revokes nothing, whatever the toolkit could do (§1.9).
  revokes: row.scheme === 'OAUTH2',
  ...row,
}));

export function findAuthConfig(id: string): AuthConfig | undefined {
  return authConfigs.find((config) => config.id === id);
}

/** The reason of an account that is INACTIVE because its auth config is disabled (§2.2). */
export const disabledReason = 'Auth config is disabled';

/** Whether users go to the provider, rather than enter credentials. */
export function redirects({ scheme }: Pick<AuthConfig, 'scheme'>): boolean {
  return authSchemes[scheme].redirects;
}
