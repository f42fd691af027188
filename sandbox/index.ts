import { Hono } from 'hono';
import { Accounts } from './accounts.ts';
import { composioApi } from './api/app.ts';
import type { ApiEnv } from './api/calls.ts';
import { routeNotFound } from './api/errors.ts';
import { AuthConfigStore } from './auth-config-store.ts';
import { type AuthConfig, authConfigs, redirects } from './auth-configs.ts';
import { CallLog } from './call-log.ts';
import { Clock } from './clock.ts';
import { controlSurface } from './control-app.ts';
import { projectId } from './expired-event.ts';
import { Faults } from './faults.ts';
import { hostedPages } from './hosted/app.ts';
import { notice } from './html.ts';
import { Links } from './links.ts';
import { listenOnLoopback } from './listen.ts';
import { Locks } from './locks.ts';
import { OAuthClient } from './provider/client.ts';
import { type ProviderClient, startProvider } from './provider/index.ts';
import { RenewalTimer } from './renewal-timer.ts';
import { Secrets } from './secrets.ts';
import { seedAccount } from './seeding.ts';
import { Sessions } from './sessions.ts';
import { defaultSettings, type Settings } from './settings.ts';
import type { State } from './state.ts';
import { Webhooks } from './webhooks.ts';

export interface SandboxOptions {
  /** Default: any free port. */
  port?: number;
  providerPort?: number;
  /** Default: a new one. */
  apiKey?: string;
  linkLifeMs?: number;
  requestsPerMinute?: number;
  /** One line per API call; never a secret. */
  log?: (line: string) => void;
}

export interface Sandbox extends AsyncDisposable {
  /** The base URL for @composio/client, which adds `/api/v3.1`. */
  url: string;
  providerUrl: string;
  apiKey: string;
  authConfigs: Pick<AuthConfig, 'id' | 'toolkit' | 'scheme' | 'managed' | 'required'>[];
  /** The project id in its webhooks. */
  projectId: string;
  /** A connected user outside of all tests: any change to this account is a bug. */
  canary: { userId: string; connectedAccountId: string };
  stop(): Promise<void>;
}

/** Starts the sandbox and the provider behind it, both on loopback. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const secrets = new Secrets();
  const clock = new Clock();
  const { linkLifeMs, requestsPerMinute, log = () => undefined } = options;
  const settings: Settings = {
    ...defaultSettings,
    ...(linkLifeMs !== undefined && { linkLifeMs }),
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
  };
  const apiKey = options.apiKey === undefined ? secrets.make('ak_') : secrets.note(options.apiKey);

  const listening = await listenOnLoopback(options.port ?? 0);
  const redirectUri = `${listening.url}/oauth/callback`;
  const asClient = (authConfig: AuthConfig, name: string): ProviderClient => ({
    authConfig,
    clientId: `sandbox_${name}`,
    clientSecret: secrets.make('cs_'),
  });
  const clients = authConfigs.filter(redirects).map((preset) => asClient(preset, preset.toolkit));
  const provider = await startProvider({
    port: options.providerPort ?? 0,
    redirectUri,
    clients,
    settings,
    log,
  }).catch(async (error: unknown) => {
    await listening.stop();
    throw error;
  });
  const client = new OAuthClient(provider, redirectUri, secrets, clock);
  await Promise.all(clients.map((registration) => client.register(registration)));

  const state: State = {
    url: listening.url,
    apiKeys: new Set([apiKey]),
    userApiKeys: new Set(),
    authConfigs: new AuthConfigStore(clock),
    clock,
    settings,
    secrets,
    accounts: new Accounts(clock),
    links: new Links(),
    sessions: new Sessions(),
    locks: new Locks(),
    calls: new CallLog(clock, settings),
    faults: new Faults(),
    client,
    registerClient: async (authConfig) => {
      const registration = asClient(authConfig, authConfig.id);
      provider.addClient(registration);
      await client.register(registration);
    },
    providerRows: provider.rows,
    killGrant: provider.killGrant,
    webhooks: new Webhooks(settings),
    toolCalls: new Map(),
    log,
  };
  for (const secret of settings.webhookSecrets) secrets.note(secret);
  const canary = { userId: 'canary', authConfigId: 'ac_gmail' };
  const { id } = await seedAccount(state, canary);
  listening.serve(sandboxApp(state).fetch);

  const renewals = new RenewalTimer(state);
  const sweep = setInterval(() => {
    state.accounts.expireDue();
    provider.rows.sweep();
    renewals.tick();
  }, 1_000).unref();

  const stop = async () => {
    clearInterval(sweep);
    state.webhooks.stop();
    await Promise.all([listening.stop(), provider.stop()]);
  };
  return {
    url: listening.url,
    providerUrl: provider.url,
    apiKey,
    authConfigs: authConfigs.map(({ id, toolkit, scheme, managed, required }) => ({
      id,
      toolkit,
      scheme,
      managed,
      required,
    })),
    projectId,
    canary: { userId: canary.userId, connectedAccountId: id },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function sandboxApp(state: State): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const api = composioApi(state);
  app.route('/api/v3.1', api);
  // Older clients use this version; the routes are the same.
  app.route('/api/v3', api);
  app.route('/control', controlSurface(state));
  // The target of a redirect fault: a client that follows it takes this for an answer.
  app.all('/elsewhere', (c) => c.json({}));
  app.route('/', hostedPages(state));
  app.notFound((c) => {
    if (!c.req.path.startsWith('/api/')) return c.html(notice('Not found', 'Nothing here.'), 404);
    const { method, path } = c.req;
    return c.json(routeNotFound(method, path).toBody(c.get('requestId') ?? ''), 404);
  });
  return app;
}
