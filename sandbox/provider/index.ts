import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Client, ClientMetadata, Configuration, JWK, KoaContextWithOIDC } from 'oidc-provider';
import type { AuthConfig } from '../auth-configs.ts';
import { notice, pageHeaders } from '../html.ts';
import { listenOnLoopback } from '../listen.ts';
import type { Settings } from '../settings.ts';
import { loadProvider } from './load.ts';
import { providerApp } from './pages.ts';
import { adapterFor } from './adapter.ts';
import { endGrant, revocationAsSet } from './revocation.ts';
import { ProviderRows } from './rows.ts';

/** The sandbox as one auth config's client at the provider. */
export interface ProviderClient {
  authConfig: AuthConfig;
  clientId: string;
  clientSecret: string;
}

export interface ProviderOptions {
  port: number;
  /** Where the provider sends the browser: the sandbox's own OAuth callback. */
  redirectUri: string;
  clients: readonly ProviderClient[];
  settings: Settings;
  log: (line: string) => void;
}

export type RunningProvider = Awaited<ReturnType<typeof startProvider>>;

/**
 * Starts the OAuth 2 provider behind all toolkits: sign-in, consent, tokens, RFC 7009 revocation.
 */
export async function startProvider(options: ProviderOptions) {
  const Provider = await loadProvider();
  const listening = await listenOnLoopback(options.port);
  const { port, url } = listening;
  const rows = new ProviderRows();
  const provider = new Provider(url, configure(options, port, rows));
  // The cause of a `server_error` answer shows nowhere else.
  provider.on('server_error', (_ctx, error) => options.log(`provider: ${error.message}`));
  provider.use(revocationAsSet(rows, options.settings));
  listening.serve(providerApp(provider, options.settings).fetch);

  /** Ends a living grant as if its person had removed the app there. */
  const killGrant = async (refreshToken: string): Promise<void> => {
    const token = await provider.RefreshToken.find(refreshToken);
    if (!token) return;
    endGrant(rows, options.settings, token);
  };
  /** A client of an auth config that was made since the start. */
  const addClient = (client: ProviderClient): void => {
    rows.put(`Client:${client.clientId}`, clientMetadata(client, options.redirectUri), 0);
  };
  return { provider, rows, url, killGrant, addClient, stop: () => listening.stop() };
}

function clientMetadata(
  { authConfig, clientId, clientSecret }: ProviderClient,
  redirectUri: string,
): ClientMetadata {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: authConfig.name,
    redirect_uris: [redirectUri],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
    // This fits the provider's key. With the default RS256 every request would fail at runtime.
    id_token_signed_response_alg: 'ES256',
  };
}

function configure(options: ProviderOptions, port: number, rows: ProviderRows): Configuration {
  const scopes = options.clients.flatMap(({ authConfig }) => authConfig.scopes);
  return {
    adapter: adapterFor(rows),
    clients: options.clients.map((client) => clientMetadata(client, options.redirectUri)),
    jwks: { keys: [signingKey()] },
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      // Cookies ignore ports: two sandboxes on 127.0.0.1 would overwrite each other's.
      names: { session: `s${port}`, interaction: `i${port}`, resume: `r${port}` },
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      revocation: { enabled: true, allowedPolicy: ownToken },
      introspection: { enabled: true, allowedPolicy: ownToken },
    },
    scopes: ['openid', 'offline_access', ...new Set(scopes)],
    claims: { openid: ['sub', 'email'] },
    pkce: { required: () => true },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    expiresWithSession: async () => false,
    // Each consent is a grant of its own. With shared ones, the default, revoking one account kills
    // the next.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@people.example` }),
    }),
    renderError: (ctx, out) => {
      ctx.set(pageHeaders);
      ctx.type = 'html';
      ctx.body = notice('This did not work', out.error_description ?? out.error);
    },
    clockTolerance: 0,
    ttl: {
      AccessToken: 3_600,
      AuthorizationCode: 60,
      IdToken: 300,
      Interaction: 3_600,
      Session: 3_600,
      RefreshToken: 30 * 86_400,
      // Never shorter than the refresh token: without its grant every token is dead.
      Grant: 30 * 86_400,
    },
  };
}

function ownToken(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId?: unknown },
): boolean {
  return token.clientId === client.clientId;
}

function signingKey(): JWK {
  // EC: created in a third of a millisecond, where RSA takes 160.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kty: 'EC', ...privateKey.export({ format: 'jwk' }) };
}
