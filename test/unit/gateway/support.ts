import type { Hono } from 'hono';
import { vi } from 'vitest';
import type { ConnectAnswer, ConnectOutcome } from '../../../src/domain/connect/connect.ts';
import { MooringError } from '../../../src/domain/errors.ts';
import {
  createGatewayApp,
  type GatewayDependencies,
  type Webhooks,
} from '../../../src/gateway/app.ts';
import type { Attempts } from '../../../src/gateway/callback.ts';
import { generateKey, parseKeyRing } from '../../../src/crypto/key-ring.ts';
import type { AttemptDescription } from '../../../src/client/connect/attempts.ts';
import {
  type CallbackClaims,
  mintToken,
  type ReconnectClaims,
} from '../../../src/crypto/url-tokens.ts';

export const returnUrl = 'https://app.example/done?tab=2';
export const workflowId = 'connect/ada/ac_gmail';
export const runId = '0190a0a0-0000-7000-8000-000000000001';

export const active: ConnectOutcome = {
  status: 'ACTIVE',
  reason: null,
  connectedAccountId: 'ca_1',
  statusReason: null,
};

export const description: AttemptDescription = {
  connectionId: 'ada/ac_gmail',
  workflowId,
  runId,
  open: true,
  readable: true,
  phase: 'waiting',
  connectedAccountId: 'ca_1',
  ended: null,
  startedAt: '2026-01-01T00:00:00Z',
  closedAt: null,
  metadata: {},
  outcome: null,
  historyEvents: 12,
};

/** The target of a new link. */
export const redirectUrl = 'https://connect.composio.example/link/lk_1';

const answer: ConnectAnswer = {
  connectionId: 'ada/ac_gmail',
  status: 'INITIALIZING',
  connectedAccountId: 'ca_2',
  redirectUrl,
  expiresAt: '2026-01-01T00:10:00Z',
};

export const linkless: ConnectAnswer = {
  ...answer,
  status: 'ACTIVE',
  redirectUrl: null,
  expiresAt: null,
};

export const unknownRun = new MooringError('ERR_OUTCOME_UNKNOWN', 'Temporal has no such attempt');
export const notYet = new MooringError('ERR_OUTCOME_TIMEOUT', 'not settled within 3000 ms');
export const alreadyConnected = (message: string) =>
  new MooringError('ERR_ALREADY_CONNECTED', message, { connectedAccountId: 'ca_1' });
export const away = new MooringError('ERR_TEMPORAL_UNAVAILABLE', 'Temporal cannot be reached', {
  cause: new Error('14 UNAVAILABLE: connect ECONNREFUSED'),
});

type Attempt = ReturnType<Attempts['getAttempt']>;

/** A browser with its own cookies. It follows the redirects of the gateway to itself. */
export function newBrowser(app: Hono) {
  const jar = new Map<string, string>();
  const request = async (path: string, headers: Record<string, string> = {}) => {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
    const response = await app.request(path, { headers: { cookie, ...headers } });
    return { response, store: () => storeCookies(jar, response) };
  };
  return {
    jar,
    /** One request. Only `store` saves its cookies. */
    request,
    async visit(path: string, headers: Record<string, string> = {}): Promise<Response> {
      const { response, store } = await request(path, headers);
      store();
      const location = response.headers.get('location');
      return location?.startsWith('?')
        ? this.visit(path.split('?')[0] + location, headers)
        : response;
    },
  };
}

function storeCookies(jar: Map<string, string>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
  }
}

/** A gateway over a scripted Temporal, with the calls, log lines and counts of the test. */
export function gateway({
  publicUrl,
  keys,
  webhooks,
  billing,
}: {
  publicUrl?: string;
  keys?: string;
  webhooks?: Webhooks;
  billing?: GatewayDependencies['billing'];
} = {}) {
  const run = {
    deliverCallback: vi.fn<Attempt['deliverCallback']>(async () => true),
    result: vi.fn<Attempt['result']>(async () => active),
    describe: vi.fn<Attempt['describe']>(async () => description),
  };
  const getAttempt = vi.fn<Attempts['getAttempt']>(() => run);
  const connectUser = vi.fn<Attempts['connectUser']>(async () => answer);
  const connectAgain = vi.fn<Attempts['connectAgain']>(async () => answer);
  const logged: string[] = [];
  const counted: string[] = [];
  const line = (facts: object, message: string) => {
    logged.push(JSON.stringify({ ...facts, message }));
  };
  const tokenKeys = parseKeyRing(keys ?? generateKey());
  const dependencies: GatewayDependencies = {
    attempts: { getAttempt, connectUser, connectAgain },
    tokenKeys,
    returnOrigins: ['https://app.example', 'http://127.0.0.1:3000'],
    publicUrl,
    webhooks,
    billing,
    log: { info: line, warn: line, error: line },
    metrics: {
      countCallback: (result) => counted.push(result),
      countWebhook: (result) => counted.push(result),
      countBillingWebhook: (result) => counted.push(result),
    },
  };
  const app = createGatewayApp(dependencies);
  const claims: CallbackClaims = {
    purpose: 'callback',
    workflowId,
    runId,
    expiresAt: Date.now() + 600_000,
    returnUrl: null,
  };
  const reconnectClaims: ReconnectClaims = {
    purpose: 'reconnect',
    connectionId: 'ada/ac_gmail/work',
    replaces: 'ca_1',
    returnUrl: null,
    confirm: false,
    expiresAt: Date.now() + 600_000,
  };
  return {
    app,
    dependencies,
    run,
    getAttempt,
    connectUser,
    connectAgain,
    logged,
    counted,
    token: (change: Partial<CallbackClaims> = {}) => mintToken(tokenKeys, { ...claims, ...change }),
    reconnectToken: (change: Partial<ReconnectClaims> = {}) =>
      mintToken(tokenKeys, { ...reconnectClaims, ...change }),
    post: (path: string) => app.request(path, { method: 'POST' }),
    /** From a browser that has never been here. */
    get: (token: string, query = '') => newBrowser(app).visit(`/callback/${token}${query}`),
  };
}
