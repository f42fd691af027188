import { inspect } from 'node:util';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { generateKey, parseKeyRing } from '../../../src/crypto/key-ring.ts';
import { MooringClient } from '../../../src/index.ts';
import { createOwnClient } from '../../../src/temporal/own-client.ts';

const encryptionKeys = generateKey();
const first: WorkflowClientInterceptor = {};

function backend(options: ConstructorParameters<typeof Client>[0] = {}) {
  const connection = Connection.lazy();
  const client = new Client({ connection, namespace: 'theirs', identity: 'web-1', ...options });
  return { connection, client };
}

describe('new MooringClient', () => {
  it('refuses to store everything unencrypted, unless the option allows it', () => {
    const { client } = backend();
    expect(() => new MooringClient({ client })).toThrow(
      expect.objectContaining({
        code: 'ERR_ENCRYPTION_KEY_MISSING',
        message: expect.stringContaining('encryptionKeys'),
      }),
    );
    expect(() => new MooringClient({ client, allowPlaintext: true })).not.toThrow();
    expect(() => new MooringClient({ client, encryptionKeys })).not.toThrow();
  });

  it.each([
    ['encryptionKeys', { encryptionKeys: 'short' }],
    ['credentialKeys', { encryptionKeys, credentialKeys: 'k1:short' }],
    ['idKey', { encryptionKeys, idKey: 'short' }],
    ['taskQueue', { encryptionKeys, taskQueue: '' }],
    ['keys', { encryptionKeys, keys: 'an unknown option' }],
  ])('names the option that is wrong: %s', (field, options) => {
    const { client } = backend();
    expect(() => new MooringClient({ client, ...options })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_INPUT', details: { field } }),
    );
  });

  it('shows no key in a log', () => {
    const { client } = backend();
    const mooring = new MooringClient({
      client,
      encryptionKeys,
      idKey: 'an-id-key-of-32-bytes-text',
    });
    const [, key = ''] = encryptionKeys.split(':');
    const shown = inspect(mooring, { depth: 10, showHidden: true, getters: true });
    expect(shown).not.toContain(key);
    expect(shown).not.toContain('an-id-key');
  });
});

describe('createOwnClient', () => {
  it('takes namespace, identity and interceptors, and has its own data converter', () => {
    const theirs = { payloadCodecs: [{ encode: async () => [], decode: async () => [] }] };
    const { client, connection } = backend({
      dataConverter: theirs,
      interceptors: { workflow: [first], schedule: [{}] },
    });
    const own = createOwnClient(client, parseKeyRing(encryptionKeys));
    expect(own.connection).toBe(connection);
    expect(own.options).toMatchObject({ namespace: 'theirs', identity: 'web-1' });
    expect(own.options.interceptors.workflow).toEqual([first, expect.anything()]);
    expect(own.options.interceptors.schedule).toHaveLength(1);
    expect(own.options.loadedDataConverter.payloadCodecs).toHaveLength(1);
    expect(own.options.loadedDataConverter.payloadCodecs).not.toEqual(theirs.payloadCodecs);
    expect(client.options.loadedDataConverter.payloadCodecs).toEqual(theirs.payloadCodecs);
  });

  it('keeps its data converter if a plugin of the connection sets another', () => {
    const plugin = {
      name: 'theirs',
      configureClient: (options: object) => ({
        ...options,
        dataConverter: { payloadCodecs: [] },
        interceptors: { workflow: [first] },
      }),
    };
    const connection = Connection.lazy({ plugins: [plugin] });
    const own = createOwnClient(new Client({ connection }), parseKeyRing(encryptionKeys));
    expect(own.options.loadedDataConverter.payloadCodecs).toHaveLength(1);
    expect(own.options.interceptors.workflow).toHaveLength(2);
    expect(own.connection.workflowService).toBe(connection.workflowService);
  });
});

describe('a handle', () => {
  const { client } = backend();
  const mooring = new MooringClient({ client, encryptionKeys });

  it('refuses an event of another user', async () => {
    const event = { id: 'evt_1', type: 'subscription.lapsed', userId: 'bob' } as const;
    const noted = mooring.access('ada').note({ ...event, occurredAt: '2026-01-01T00:00:00Z' });
    await expect(noted).rejects.toMatchObject({ details: { field: 'userId' } });
  });

  it.each(['', 7, 'x'.repeat(256)])('refuses the request id %j before any call', async (id) => {
    const order = { requestId: id as string, actor: 'ops', reason: 'asked' };
    const access = mooring.access('ada');
    for (const call of [access.lapse(order), access.offboard(order), access.planOffboard(order)]) {
      const field = { code: 'ERR_INVALID_INPUT', details: { field: 'requestId' } };
      await expect(call).rejects.toMatchObject(field);
    }
  });

  it('refuses a callback that is no hint before any call', async () => {
    const delivered = mooring.connections
      .get('ada/ac_1')
      .deliverCallback({ status: 'ok' as 'success' });
    const field = { code: 'ERR_INVALID_INPUT', details: { field: 'status' } };
    await expect(delivered).rejects.toMatchObject(field);
  });

  it.each([
    ['a connection', () => mooring.connections.get('ada')],
    ['a refresh', () => mooring.accounts.getRefresh('')],
    ['a sweep', () => mooring.sweeps.get('account/ca_1')],
    ['a user', () => mooring.access('ada,eve')],
  ])('of %s needs a valid id', (_, get) => {
    expect(get).toThrow(expect.objectContaining({ code: 'ERR_INVALID_INPUT' }));
  });

  it.each([
    ['a connection', () => mooring.connections.get('ada/ac_1')],
    ['a refresh', () => mooring.accounts.getRefresh('ca_1')],
    ['a sweep', () => mooring.sweeps.get('sweep/heal')],
    ['a user', () => mooring.access('ada')],
  ])('of %s stops waiting when its signal is aborted, with the reason', async (_, get) => {
    const signal = AbortSignal.abort(new Error('the request was closed'));
    await expect(get().result({ signal })).rejects.toThrow('the request was closed');
  });
});
