import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { MooringClient } from '../../../src/index.ts';
import { everyByte, leaks } from '../../support/grep.ts';
import { openStage, type TestStage } from '../../support/stage.ts';

let stage: TestStage;
let connection: Connection;
let client: Client;
let mooring: MooringClient;
const started: string[] = [];

const interceptor: WorkflowClientInterceptor = {
  async startUpdateWithStart(input, next) {
    started.push(input.workflowType);
    return next(input);
  },
};

/** A converter of the backend, which Mooring must not use: it encrypts nothing. */
const codec: PayloadCodec = {
  encode: async (payloads: Payload[]) => payloads,
  decode: async (payloads: Payload[]) => payloads,
};

beforeAll(async () => {
  stage = await openStage();
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({
    connection,
    namespace: stage.namespace,
    dataConverter: { payloadCodecs: [codec] },
    interceptors: { workflow: [interceptor] },
  });
  mooring = new MooringClient({
    client,
    encryptionKeys: stage.env.MOORING_ENCRYPTION_KEYS,
    taskQueue: stage.env.MOORING_TASK_QUEUE,
    idKey: stage.env.MOORING_ID_KEY,
  });
});
afterAll(async () => {
  await connection.close();
  await stage.close();
});

describe('a client on the backend’s own Temporal client', () => {
  it('uses its interceptors and its namespace, and stores no link in plain text', async () => {
    const user = stage.user();
    const input = { userId: user.id, authConfigId: user.authConfigId };
    const answer = await mooring.connectUser(input);
    expect(started).toEqual(['connectUser']);
    const { workflowId } = mooring.connections.get(answer.connectionId);
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    expect(answer.redirectUrl).toMatch(/^http/);
    expect(leaks(everyByte(history), [answer.redirectUrl ?? '', user.id])).toEqual([user.id]);
    expect(await mooring.connections.get(answer.connectionId).cancel()).toBe(true);
    await mooring.connections.get(answer.connectionId).result();
  });

  it('leaves the connection open when it is closed', async () => {
    await mooring.close();
    const { namespace } = stage;
    const answer = await connection.workflowService.describeNamespace({ namespace });
    expect(answer.namespaceInfo?.name).toBe(namespace);
  });
});
