import * as oauth from 'openid-client';
import type { AuthConfig } from '../auth-configs.ts';
import type { Secrets } from '../secrets.ts';
import type { ProviderClient, RunningProvider } from './index.ts';

/** What a finished consent gave: kept with its account, never shown. */
export interface Tokens {
  accessToken: string;
  refreshToken: string | null;
  /** Who signed in at the provider. */
  subject: string;
}

/** The sandbox as the provider's confidential client, one registration per auth config. */
export class OAuthClient {
  private readonly provider: RunningProvider;
  private readonly redirectUri: string;
  private readonly secrets: Secrets;
  private readonly configurations = new Map<string, oauth.Configuration>();

  constructor(provider: RunningProvider, redirectUri: string, secrets: Secrets) {
    this.provider = provider;
    this.redirectUri = redirectUri;
    this.secrets = secrets;
  }

  async register({ authConfig, clientId, clientSecret }: ProviderClient): Promise<void> {
    const configuration = await oauth.discovery(
      new URL(this.provider.url),
      clientId,
      undefined,
      oauth.ClientSecretBasic(clientSecret),
      // Loopback has no TLS.
      { execute: [oauth.allowInsecureRequests] },
    );
    configuration.timeout = 5;
    this.configurations.set(authConfig.id, configuration);
  }

  /** A new way through the provider: where to send the browser, and what to keep until it is back. */
  async authorize(authConfig: AuthConfig): Promise<{ url: URL; state: string; verifier: string }> {
    const verifier = this.secrets.note(oauth.randomPKCECodeVerifier());
    const state = oauth.randomState();
    const url = oauth.buildAuthorizationUrl(this.configuration(authConfig), {
      redirect_uri: this.redirectUri,
      scope: scopeOf(authConfig),
      prompt: 'consent',
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url, state, verifier };
  }

  /** Exchanges the code the browser came back with. `search` is that URL's query, `iss` and `state` included. */
  async exchange(
    authConfig: AuthConfig,
    search: string,
    { state, verifier }: { state: string; verifier: string },
  ): Promise<Tokens> {
    this.secrets.note(new URLSearchParams(search).get('code') ?? '');
    const answer = await oauth.authorizationCodeGrant(
      this.configuration(authConfig),
      new URL(this.redirectUri + search),
      { pkceCodeVerifier: verifier, expectedState: state },
    );
    return {
      accessToken: this.secrets.note(answer.access_token),
      refreshToken: answer.refresh_token ? this.secrets.note(answer.refresh_token) : null,
      subject: answer.claims()?.sub ?? '',
    };
  }

  /** Ends the grant by RFC 7009; with the refresh token the provider lets the access token die too. */
  async revoke(authConfig: AuthConfig, tokens: Tokens): Promise<void> {
    const configuration = this.configuration(authConfig);
    await oauth.tokenRevocation(configuration, tokens.refreshToken ?? tokens.accessToken);
  }

  /** Asks the provider which of the tokens are alive. */
  async introspect(
    authConfig: AuthConfig,
    tokens: Tokens,
  ): Promise<{ access: boolean; refresh: boolean | null }> {
    const isActive = async (token: string) =>
      (await oauth.tokenIntrospection(this.configuration(authConfig), token)).active;
    return {
      access: await isActive(tokens.accessToken),
      refresh: tokens.refreshToken === null ? null : await isActive(tokens.refreshToken),
    };
  }

  /** A real grant without a browser, for seeded accounts. */
  async mint(authConfig: AuthConfig, subject: string): Promise<Tokens> {
    const { provider } = this.provider;
    const { client_id: clientId } = this.configuration(authConfig).clientMetadata();
    const client = await provider.Client.find(clientId);
    if (!client) throw new Error(`no client at the provider for ${authConfig.id}`);
    const scope = scopeOf(authConfig);
    const grant = new provider.Grant({ accountId: subject, clientId });
    grant.addOIDCScope(scope);
    const grantId = await grant.save();
    const common = { accountId: subject, client, grantId, gty: 'authorization_code', scope };
    const access = await new provider.AccessToken(common).save();
    const refresh = await new provider.RefreshToken({ ...common, rotations: 0 }).save();
    return {
      accessToken: this.secrets.note(access),
      refreshToken: this.secrets.note(refresh),
      subject,
    };
  }

  private configuration(authConfig: AuthConfig): oauth.Configuration {
    const configuration = this.configurations.get(authConfig.id);
    if (!configuration) throw new Error(`${authConfig.id} has no client at the provider`);
    return configuration;
  }
}

function scopeOf(authConfig: AuthConfig): string {
  return ['openid', 'offline_access', ...authConfig.scopes].join(' ');
}
