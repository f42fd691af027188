import { vi } from 'vitest';
import type { ConnectOutcome } from '../../src/index.ts';
import type { TestStage, TestUser } from './stage.ts';

/** The attempt reads nothing on its own, so only the other run is held. */
export const quietTimings = { looks: 0, slackMs: 1_000, confirmMs: 30_000 };
const soon = { timeout: 40_000, interval: 200 };

/** How each attempt ends, and which account it leaves to be disconnected. */
export interface EndingAttempt {
  user: TestUser;
  connectedAccountId: string;
  end: () => Promise<ConnectOutcome>;
}

type Bring = (stage: TestStage, user: TestUser) => Promise<EndingAttempt>;

/** Each brings an attempt to the point where its next step ends it. */
export const attemptEndings = {
  async CANCELED(stage, user) {
    const answer = await user.connect({ timings: quietTimings });
    await user.person.approve(answer.redirectUrl);
    const end = async () => {
      await stage.mooring.connections.get(answer.connectionId).cancel();
      return outcomeOf(stage, answer);
    };
    return { ...answer, user, end };
  },

  async identity_mismatch(stage, user) {
    const answer = await user.connect({ timings: quietTimings, confirm: 'required' });
    const home = await user.comeBack(await user.person.approve(answer.redirectUrl));
    const connection = stage.mooring.connections.get(answer.connectionId);
    await vi.waitUntil(async () => (await connection.describe()).phase === 'confirming', soon);
    const code = home?.searchParams.get('mooring_code') ?? '';
    const end = async () => connection.confirm({ code, userId: `${user.id}-mallory` });
    return { ...answer, user, end };
  },

  async EXPIRED(stage, user) {
    const answer = await user.connect({ timings: quietTimings, waitMs: 7_000 });
    await user.person.reachConsent(answer.redirectUrl);
    return { ...answer, user, end: async () => outcomeOf(stage, answer) };
  },

  async replaced(stage, user) {
    const { id: userId, authConfigId } = user;
    const old = { userId, authConfigId, status: 'EXPIRED', person: 'ada', grant: 'alive' } as const;
    const connectedAccountId = (await stage.sandbox.seedAccount(old)).id;
    const answer = await user.connect({ timings: quietTimings, replaces: connectedAccountId });
    const callback = await user.person.approve(answer.redirectUrl);
    const end = async () => {
      await user.comeBack(callback);
      return outcomeOf(stage, answer);
    };
    return { user, connectedAccountId, end };
  },
} satisfies Record<string, Bring>;

export type AttemptEnding = keyof typeof attemptEndings;

/** The outcome of an attempt that ended this way, in the fields that the ending defines. */
export const endedAs: Record<AttemptEnding, Partial<ConnectOutcome>> = {
  CANCELED: { status: 'CANCELED' },
  identity_mismatch: { status: 'FAILED', reason: 'identity_mismatch' },
  EXPIRED: { status: 'EXPIRED' },
  replaced: { status: 'ACTIVE' },
};

async function outcomeOf(
  stage: TestStage,
  { connectionId }: { connectionId: string },
): Promise<ConnectOutcome> {
  return stage.mooring.connections.get(connectionId).result({ timeoutMs: 40_000 });
}
