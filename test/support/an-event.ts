import { randomBytes } from 'node:crypto';
import type { MooringEvent } from '../../src/index.ts';

/** The event that a backend receives when a user has connected. */
export const event: MooringEvent = {
  id: '0192aabb-0000-7000-8000-00000000c0de_1',
  type: 'connect.active',
  occurredAt: '2026-11-21T10:00:00.000Z',
  connectionId: 'user_1/ac_gmail',
  connectedAccountId: 'ca_of_the_event',
  data: {
    userId: 'user_1',
    authConfigId: 'ac_gmail',
    attempt: { workflowId: 'connect/user_1/ac_gmail', runId: '0192aabb' },
    outcome: {
      status: 'ACTIVE',
      reason: null,
      connectedAccountId: 'ca_of_the_event',
      statusReason: null,
    },
    metadata: { plan: 'pro' },
  },
};

export function secret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
