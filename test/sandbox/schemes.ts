import type { AuthSchemeName } from '../../src/domain/auth-schemes.ts';

type Example = { authConfigId: string; val: Record<string, string>; shown: Record<string, string> };

/** One account of every scheme: how it is made, and how answers show that. */
export const examples: Record<AuthSchemeName, Example> = {
  OAUTH2: {
    authConfigId: 'ac_custom_slack',
    val: { access_token: 'xoxb-imported-access', refresh_token: 'xoxr-imported-refresh' },
    shown: { access_token: 'xoxb...', refresh_token: 'xoxr...' },
  },
  OAUTH1: {
    authConfigId: 'ac_oauth1',
    val: { oauth_token: 'trello-token', oauth_token_secret: 'hidden-token-secret' },
    shown: { oauth_token: 'trel...', oauth_token_secret: 'hidd...' },
  },
  DCR_OAUTH: {
    authConfigId: 'ac_dcr_oauth',
    val: { client_id: 'dynamic-client', access_token: 'linear-access' },
    shown: { client_id: 'dyna...', access_token: 'line...' },
  },
  CIMD_OAUTH: {
    authConfigId: 'ac_cimd_oauth',
    val: { client_id: 'https://app.example/client.json', access_token: 'sentry-access' },
    shown: { client_id: 'http...', access_token: 'sent...' },
  },
  API_KEY: {
    authConfigId: 'ac_apikey',
    val: { api_key: 'tvly-0123456789' },
    shown: { api_key: 'tvly...' },
  },
  BASIC: {
    authConfigId: 'ac_basic',
    val: { username: 'agent.seventeen', password: 'a"b' },
    shown: { username: 'agen...', password: 'REDACTED' },
  },
  BEARER_TOKEN: {
    authConfigId: 'ac_bearer',
    val: { token: 'bearer-0123456789' },
    shown: { token: 'bear...' },
  },
  GOOGLE_SERVICE_ACCOUNT: {
    authConfigId: 'ac_google_service_account',
    val: { credentials_json: '{"private_key":"pem\\nlines"}' },
    shown: { credentials_json: '{"pr...' },
  },
  SERVICE_ACCOUNT: {
    authConfigId: 'ac_service_account',
    val: { application_id: 'app-4711', installation_id: 'inst-42', private_key: 'pem-of-the-app' },
    shown: { application_id: 'app-...', installation_id: 'inst...', private_key: 'pem-...' },
  },
  BASIC_WITH_JWT: {
    authConfigId: 'ac_basic_with_jwt',
    val: { username: 'odoo-user', password: 'odoo-password' },
    shown: { username: 'odoo...', password: 'odoo...' },
  },
  BILLCOM_AUTH: {
    authConfigId: 'ac_billcom',
    val: { sessionId: 'session-4711', devKey: 'developer-key' },
    shown: { sessionId: 'sess...', devKey: 'deve...' },
  },
  S2S_OAUTH2: {
    authConfigId: 'ac_s2s_oauth2',
    val: { access_token: 'zoom-access', token_type: 'Bearer' },
    shown: { access_token: 'zoom...', token_type: 'Bearer' },
  },
  NO_AUTH: { authConfigId: 'ac_no_auth', val: {}, shown: {} },
  CALCOM_AUTH: { authConfigId: 'ac_calcom', val: {}, shown: {} },
  SAML: { authConfigId: 'ac_saml', val: {}, shown: {} },
};
