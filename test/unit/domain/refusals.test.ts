import { describe, expect, it } from 'vitest';
import { MooringError } from '../../../src/domain/errors.ts';
import {
  parseConnectUserInput,
  parseReconnectLinkInput,
} from '../../../src/domain/connect/schemas.ts';
import { parseRefreshInput } from '../../../src/domain/refresh/schemas.ts';
import { parseSweepInput } from '../../../src/domain/sweep/schemas.ts';
import { parseChange } from '../../../src/domain/change/schemas.ts';
import { parseDisconnectInput } from '../../../src/domain/disconnect/schemas.ts';
import { parseAccessRequest, parseSubscriptionEvent } from '../../../src/domain/access/schemas.ts';
import { parseSchedulesFile } from '../../../src/domain/sweep/schedules-file.ts';
import { parseAccountPageQuery } from '../../../src/domain/schemas.ts';
import { readGatewayConfig, readTemporalConfig, readWorkerConfig } from '../../../src/config.ts';

const ok = { userId: 'ada', authConfigId: 'ac_1' };
const acc = { userId: 'ada', connectedAccountId: 'ca_1' };
const by = { actor: 'ops', reason: 'ticket 7' };
const env = { MOORING_ALLOW_PLAINTEXT: '1' };

type Case = [
  parse: (input: never) => unknown,
  input: unknown,
  field: string | null,
  message: string,
];

/** What each border refuses, and the words that its caller reads. */
const cases: Case[] = [
  [parseConnectUserInput, null, 'input', 'input: is not an object'],
  [parseConnectUserInput, {}, 'userId', 'userId: is missing'],
  [parseConnectUserInput, { ...ok, userId: '' }, 'userId', 'userId: is empty'],
  [parseConnectUserInput, { ...ok, userId: 'a,b' }, 'userId', 'userId: holds a comma'],
  [
    parseConnectUserInput,
    { ...ok, userId: 'x'.repeat(256) },
    'userId',
    'userId: is longer than 255 bytes',
  ],
  [
    parseConnectUserInput,
    { ...ok, authConfigId: 7 },
    'authConfigId',
    'authConfigId: is not a string',
  ],
  [parseConnectUserInput, { ...ok, alais: 'x' }, 'alais', 'alais: is not a known field'],
  [
    parseConnectUserInput,
    { ...ok, alias: 'mooring-x' },
    'alias',
    'alias: begins with `mooring-`, which is reserved for Mooring’s own aliases',
  ],
  [parseConnectUserInput, { ...ok, alias: '' }, 'alias', 'alias: is empty'],
  [
    parseConnectUserInput,
    { ...ok, onExisting: 'add' },
    'alias',
    'alias: is needed with onExisting `add`, to distinguish the accounts',
  ],
  [
    parseConnectUserInput,
    { ...ok, onExisting: 'maybe' },
    'onExisting',
    'onExisting: is none of fail, reuse, add',
  ],
  [
    parseConnectUserInput,
    { ...ok, returnUrl: 'app' },
    'returnUrl',
    'returnUrl: is not an http(s) URL without credentials',
  ],
  [
    parseConnectUserInput,
    { ...ok, returnUrl: 'https://a.example', callbackUrl: 'https://b.example' },
    'returnUrl',
    'returnUrl: cannot be combined with `callbackUrl`: use `returnUrl` if you have a gateway',
  ],
  [
    parseConnectUserInput,
    { ...ok, confirm: 'required' },
    'confirm',
    'confirm: needs a `returnUrl`: the browser brings its code there',
  ],
  [parseConnectUserInput, { ...ok, waitMs: 10 }, 'waitMs', 'waitMs: is less than 1000'],
  [parseConnectUserInput, { ...ok, waitMs: 1.5 }, 'waitMs', 'waitMs: is not a whole number'],
  [
    parseConnectUserInput,
    { ...ok, sameIdentity: 'warn' },
    'sameIdentity',
    'sameIdentity: needs `replaces`',
  ],
  [parseConnectUserInput, { ...ok, replaces: 'x y' }, 'replaces', 'replaces: is not an account id'],
  [
    parseConnectUserInput,
    { ...ok, method: { existing: { connectedAccountId: 'ca_1' } }, alias: 'work' },
    'alias',
    'alias: cannot be combined with `existing`, which makes no account',
  ],
  [
    parseConnectUserInput,
    { ...ok, method: { initiate: { authScheme: 'API_KEY', val: {} } } },
    'method.initiate.val.status',
    'method.initiate.val.status: is neither ACTIVE nor INITIALIZING',
  ],
  [
    parseConnectUserInput,
    { ...ok, metadata: { a: 1 } },
    'metadata.a',
    'metadata.a: is not a string',
  ],
  [parseReconnectLinkInput, {}, 'connectionId', 'connectionId: is missing'],
  [
    parseReconnectLinkInput,
    { connectionId: 'x' },
    'connectionId',
    'connectionId: is not a connection id that connectUser returned',
  ],
  [
    parseReconnectLinkInput,
    { connectionId: 'ada/ac_1', lifeMs: 1 },
    'lifeMs',
    'lifeMs: is not a known field',
  ],
  [parseRefreshInput, {}, 'userId', 'userId: is missing'],
  [parseRefreshInput, { ...acc, mode: 'hard' }, 'mode', 'mode: is none of heal, proactive'],
  [
    parseRefreshInput,
    { ...acc, waitMs: 5_000 },
    'waitMs',
    'waitMs: needs `returnUrl`: without it Mooring does not wait for the user',
  ],
  [
    parseRefreshInput,
    { ...acc, connectedAccountId: 'ca/1' },
    'connectedAccountId',
    'connectedAccountId: is not an account id',
  ],
  [parseSweepInput, {}, 'name', 'name: is missing'],
  [parseSweepInput, { name: 'a b' }, 'name', 'name: is not 1 to 40 of a-z, 0-9 and -'],
  [parseSweepInput, { name: 'n', mode: 'all' }, 'mode', 'mode: is none of heal, probe, proactive'],
  [
    parseSweepInput,
    { name: 'n', filter: { statuses: ['ACTIVE'] } },
    'filter.statuses',
    'filter.statuses: cannot be set in mode heal, only in mode probe',
  ],
  [parseSweepInput, { name: 'n', harmLimit: 0 }, 'harmLimit', 'harmLimit: is less than 1'],
  [
    parseSweepInput,
    { name: 'n', refreshAfter: { gmail: 5 } },
    'refreshAfter.gmail',
    'refreshAfter.gmail: is not from 1s to 365d',
  ],
  [
    (input) => parseChange('updateAlias', input),
    { ...acc, alias: 'mooring-1' },
    'alias',
    'alias: begins with `mooring-`, which is reserved for Mooring’s own aliases',
  ],
  [(input) => parseChange('updateSharing', input), acc, 'sharing', 'sharing: is missing'],
  [
    (input) => parseChange('updateCredentials', input),
    { ...acc, authScheme: 'OAUTH2', credentials: {} },
    'credentials.authScheme',
    'credentials.authScheme: is none of BEARER_TOKEN, API_KEY, BASIC, BASIC_WITH_JWT, GOOGLE_SERVICE_ACCOUNT, SERVICE_ACCOUNT; connect any other account again',
  ],
  [
    (input) => parseChange('enable', input),
    { userId: 'ada' },
    'connectedAccountId',
    'connectedAccountId: is missing',
  ],
  [parseDisconnectInput, {}, 'userId', 'userId: is missing'],
  [
    parseDisconnectInput,
    { ...acc, undoWindowMs: 1 },
    'undoWindowMs',
    'undoWindowMs: is shorter than a second; omit it for no undo window',
  ],
  [
    parseDisconnectInput,
    { ...acc, undoWindowMs: 31 * 86_400_000 },
    'undoWindowMs',
    'undoWindowMs: is longer than 30 days',
  ],
  [
    parseDisconnectInput,
    { ...acc, revoke: false, keepRecord: true },
    'keepRecord',
    'keepRecord: cannot be combined with revoke: false, which would leave nothing to do',
  ],
  [
    parseDisconnectInput,
    { ...acc, actor: 'a\u0000b' },
    'actor',
    'actor: holds a control character',
  ],
  [parseAccessRequest, { request: 'offboard', userId: 'ada' }, 'actor', 'actor: is missing'],
  [
    parseAccessRequest,
    { request: 'offboard', userId: 'ada', ...by, coolingOffMs: 5 },
    'coolingOffMs',
    'coolingOffMs: is neither 0 nor at least a second',
  ],
  [
    parseAccessRequest,
    { request: 'lapse', userId: 'ada', graceMs: 91 * 86_400_000 },
    'graceMs',
    'graceMs: is longer than 90 days',
  ],
  [
    parseAccessRequest,
    { request: 'adjust', userId: 'ada', ...by, until: 'tomorrow' },
    'until',
    'until: is not an ISO 8601 time',
  ],
  [
    parseAccessRequest,
    { request: 'forgive', userId: 'ada' },
    'request',
    'request: is none of lapse, renew, offboard, cancelOffboard, readmit, release, adjust',
  ],
  [
    parseSubscriptionEvent,
    { id: 'e', type: 'subscription.gone', userId: 'ada', occurredAt: new Date(0).toISOString() },
    'type',
    'type: is none of subscription.lapsed, subscription.renewed',
  ],
  [
    parseSubscriptionEvent,
    { id: 'e', type: 'subscription.lapsed', userId: 'ada', occurredAt: 'now' },
    'occurredAt',
    'occurredAt: is not an ISO 8601 time',
  ],
  [parseAccountPageQuery, { limit: 0 }, 'limit', 'limit: is less than 1'],
  [
    parseAccountPageQuery,
    { statuses: ['GONE'] },
    'statuses.0',
    'statuses.0: is none of INITIALIZING, INITIATED, ACTIVE, FAILED, EXPIRED, INACTIVE, REVOKED',
  ],
  [parseSchedulesFile, {}, 'schedules', 'schedules: is missing'],
  [
    readTemporalConfig,
    { ...env, MOORING_ENCRYPTION_KEYS: 'nonsense' },
    null,
    'MOORING_ENCRYPTION_KEYS: key ring: entry 1 is not of the form id:base64key',
  ],
  [readWorkerConfig, { ...env }, null, 'COMPOSIO_API_KEY: is not set'],
  [
    readGatewayConfig,
    { ...env, MOORING_TOKEN_KEYS: 'a:b' },
    null,
    'MOORING_TOKEN_KEYS: key ring: entry 1 has a key that is not base64',
  ],
];

describe('a refusal names the field and says in plain words what is wrong', () => {
  it.each(cases)('case %#', (parse, input, field, message) => {
    let refusal: unknown;
    try {
      parse(input as never);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(MooringError);
    const { code, details, message: words } = refusal as MooringError;
    expect({ code, field: details.field ?? null, words }).toEqual({
      code: 'ERR_INVALID_INPUT',
      field,
      words: message,
    });
  });
});
