import * as oauth from 'openid-client';
import type { AuthConfig } from '../auth-configs.ts';
import type { Clock } from '../clock.ts';
import type { Secrets } from '../secrets.ts';
import type { ProviderClient, RunningProvider } from './index.ts';

/** The result of a finished consent: kept with its account, never shown. */
export interface Tokens {
  accessToken: string;
  refreshToken: string | null;
  /** Who signed in at the provider. */
  subject: string;
  /** When the access token expires, on the sandbox's clock. */
  expiresAt: number;
}

export type RevokedToken = 'access_token' | 'refresh_token';

const accessTokenSeconds = 3_600;

/** The sandbox as the provider's confidential client, one registration per auth config. */
export class OAuthClient {
  private readonly provider: RunningProvider;
  private readonly redirectUri: string;
  private readonly secrets: Secrets;
  private readonly clock: Clock;
  private readonly configurations = new Map<string, oauth.Configuration>();

  constructor(provider: RunningProvider, redirectUri: string, secrets: Secrets, clock: Clock) {
    this.provider = provider;
    this.redirectUri = redirectUri;
    this.secrets = secrets;
    this.clock = clock;
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

  /**
   * A new authorization at the provider: the URL for the browser, and what to keep until the
   * browser is back.
   */
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

  /**
   * Exchanges the code that the browser came back with. `search` is that URL's query, `iss` and
   * `state` included.
   */
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
    return this.tokensOf(answer, answer.claims()?.sub ?? '', null);
  }

  /** Renews with the refresh token, which works once. `isDeadGrant` classifies its errors. */
  async refresh(authConfig: AuthConfig, { refreshToken, subject }: Tokens): Promise<Tokens> {
    const configuration = this.configuration(authConfig);
    const answer = await oauth.refreshTokenGrant(configuration, refreshToken ?? '');
    return this.tokensOf(answer, subject, refreshToken);
  }

  /** Revokes the tokens by RFC 7009, one call each, and returns those that the provider took. */
  async revoke(authConfig: AuthConfig, tokens: Tokens): Promise<RevokedToken[]> {
    const configuration = this.configuration(authConfig);
    const taken: RevokedToken[] = [];
    const dispatch = async (kind: RevokedToken, token: string | null) => {
      if (token === null) return;
      try {
        await oauth.tokenRevocation(configuration, token, { token_type_hint: kind });
        taken.push(kind);
      } catch {
        // A failed revocation shows only by its absence from the answer.
      }
    };
    await dispatch('refresh_token', tokens.refreshToken);
    await dispatch('access_token', tokens.accessToken);
    return taken;
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
    return this.tokensOf({ access_token: access, refresh_token: refresh }, subject, null);
  }

  private tokensOf(
    answer: Pick<oauth.TokenEndpointResponse, 'access_token' | 'refresh_token' | 'expires_in'>,
    subject: string,
    refreshToken: string | null,
  ): Tokens {
    const seconds = answer.expires_in ?? accessTokenSeconds;
    return {
      accessToken: this.secrets.note(answer.access_token),
      refreshToken: answer.refresh_token ? this.secrets.note(answer.refresh_token) : refreshToken,
      subject,
      expiresAt: this.clock.now() + seconds * 1_000,
    };
  }

  private configuration(authConfig: AuthConfig): oauth.Configuration {
    const configuration = this.configurations.get(authConfig.id);
    if (!configuration) throw new Error(`${authConfig.id} has no client at the provider`);
    return configuration;
  }
}

/** Whether the provider said that this grant is dead; every other error may be temporary. */
export function isDeadGrant(error: unknown): boolean {
  return error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant';
}

function scopeOf(authConfig: AuthConfig): string {
  return ['openid', 'offline_access', ...authConfig.scopes].join(' ');
}
