import { expect, it } from 'vitest';
import { plainFacts } from '../../../src/observability/runtime.ts';

it('keeps the texts, numbers and flags of a log line of Temporal', () => {
  const meta = { workflowId: 'connect/user_1/ac_gmail', attempt: 2, isReplaying: false };
  expect(plainFacts(meta)).toEqual(meta);
  expect(plainFacts()).toEqual({});
});

it('drops everything that may contain a payload', () => {
  const data = Buffer.from('{"redirectUrl":"https://idp.example/lk_1"}');
  class Activation {
    readonly runId = 'r1';
    readonly jobs = [{ signalWorkflow: { input: [{ metadata: {}, data }] } }];
  }
  expect(plainFacts(new Activation())).toEqual({ runId: 'r1' });
  expect(
    plainFacts({ data, bytes: new Uint8Array(data), memo: { fields: { a: { data } } } }),
  ).toEqual({});
});

it('keeps the masked messages of an error and its causes, and none of its fields', () => {
  const cause = Object.assign(new Error('token=CANARY refused'), { input: 'CANARY' });
  const error = Object.assign(new Error('Activity task failed', { cause }), {
    details: ['CANARY'],
  });
  expect(plainFacts({ error })).toEqual({ error: 'Activity task failed: token=*** refused' });
});
