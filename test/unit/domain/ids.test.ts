import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connectIdPrefix,
  connectWorkflowId,
  userWorkflowId,
  visibleUserId,
} from '../../../src/domain/hashed-ids.ts';
import {
  type AttemptRun,
  accountWorkflowId,
  connectionId,
  isFromEarlierRun,
  markerAlias,
  parseConnectionId,
  planWorkflowId,
  reauthWorkflowId,
  tryOf,
} from '../../../src/domain/ids.ts';
import { accountIdSchema } from '../../../src/domain/schemas.ts';
import { hasIdPrefix } from '../../../src/temporal/visibility.ts';

const part = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' });
const key = fc.record({
  userId: part,
  authConfigId: part,
  alias: fc.option(part, { nil: null }),
});

describe('connectionId', () => {
  it('is undone by parseConnectionId, with any parts', () => {
    fc.assert(
      fc.property(key, (k) => {
        expect(parseConnectionId(connectionId(k))).toEqual(k);
      }),
    );
  });

  it('is readable for everyday ids', () => {
    expect(connectionId({ userId: 'user_1', authConfigId: 'ac_gmail', alias: null })).toBe(
      'user_1/ac_gmail',
    );
  });

  it.each(['', 'one', 'a/b/c/d', 'a//b', 'a/%', 'a/b%2', 'a b/c', 'a/%41', '/a/b'])(
    'is no connection id: %j',
    (text) => expect(parseConnectionId(text)).toBeNull(),
  );
});

describe('workflow ids', () => {
  it('differ if their connections differ', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        fc.pre(connectionId(a) !== connectionId(b));
        expect(connectWorkflowId(a)).not.toBe(connectWorkflowId(b));
      }),
    );
  });

  it('fit in 255 bytes of plain ASCII', () => {
    fc.assert(
      fc.property(key, (k) => {
        for (const id of [connectWorkflowId(k), userWorkflowId(k.userId)]) {
          expect(id).toMatch(/^[\x21-\x7e]{1,255}$/);
        }
      }),
    );
  });

  it('contain only characters that a query of Temporal’s visibility can carry', () => {
    const hostile = fc.string({
      minLength: 1,
      maxLength: 20,
      unit: fc.constantFrom(...`'"\\%_~ /aB!`.split('')),
    });
    fc.assert(
      fc.property(hostile, fc.option(fc.constant('key'), { nil: undefined }), (id, idKey) => {
        for (const whole of [
          connectIdPrefix(id, idKey),
          userWorkflowId(id, idKey),
          accountWorkflowId(id),
          reauthWorkflowId(id),
        ]) {
          expect(hasIdPrefix(whole).query).toContain(whole);
        }
      }),
    );
  });

  it('start with the same text for all connections of a user, and for no other user', () => {
    fc.assert(
      fc.property(key, key, fc.option(fc.constant('key'), { nil: undefined }), (a, b, idKey) => {
        const prefix = connectIdPrefix(a.userId, idKey);
        expect(connectWorkflowId(a, idKey).startsWith(prefix)).toBe(true);
        expect(connectWorkflowId(b, idKey).startsWith(prefix)).toBe(a.userId === b.userId);
      }),
    );
  });

  it('keep short ids readable, and hash long ones', () => {
    const long = { userId: 'u'.repeat(61), authConfigId: 'ac_1', alias: null };
    expect(connectWorkflowId({ ...long, userId: 'u_1' })).toBe('connect/u_1/ac_1');
    expect(connectWorkflowId(long)).toMatch(/^connect\/~[0-9a-z]{26}\/ac_1$/);
  });

  it('cannot look hashed because of a caller’s id', () => {
    const hashed = connectWorkflowId({ userId: 'u'.repeat(61), authConfigId: 'a', alias: null });
    const forged = decodeURIComponent(hashed.split('/')[1] ?? '');
    expect(connectWorkflowId({ userId: forged, authConfigId: 'a', alias: null })).not.toBe(hashed);
  });

  it('hide every user id if an id key is set, also in search attributes', () => {
    const idKey = 'a key of some length';
    expect(userWorkflowId('ada', idKey)).toMatch(/^user\/~[0-9a-z]{26}$/);
    expect(visibleUserId('ada', idKey)).toMatch(/^~[0-9a-z]{26}$/);
    expect(visibleUserId('ada', idKey)).not.toBe(visibleUserId('ada', 'another key of length'));
  });

  it('fit in 255 bytes with the longest account id', () => {
    const id = 'x'.repeat(100);
    const { success } = accountIdSchema.safeParse(`${id}x`);
    expect(success).toBe(false);
    for (const whole of [
      accountWorkflowId(id),
      reauthWorkflowId(id),
      planWorkflowId(id, randomUUID()),
    ]) {
      expect(whole.length).toBeLessThanOrEqual(255);
    }
  });

  it('escape an account id', () => {
    expect(accountWorkflowId('ca_1/2')).toBe('account/ca_1%2F2');
  });
});

describe('the marker of an account', () => {
  const runId = '0192aabb-0000-7000-8000-00000000c0de';
  const run = { runId, originalRunId: runId };

  it('contains its run and its try', () => {
    expect(markerAlias(run, 2)).toBe('mooring-00000000c0de-2');
    expect(tryOf(markerAlias(run, 12), run)).toBe(12);
  });

  it('differs for another run that started in the same minute', () => {
    const neighbour = '0192aabb-0000-7000-8000-00000000beef';
    const marker = markerAlias({ runId: neighbour, originalRunId: neighbour }, 1);
    expect(tryOf(marker, run)).toBeNull();
    expect(isFromEarlierRun(marker, run)).toBe(false);
  });

  it('is recognized by a run that a reset has started, but not as its own', () => {
    const [second, third] = ['0192aabb-0000-7000-8000-0000000beef1', '0192-0000beef2'].map(
      (id) => ({ runId: id, originalRunId: runId }),
    ) as [AttemptRun, AttemptRun];
    expect(markerAlias(second, 3)).toBe('mooring-00000000c0de-0beef1-3');
    expect(tryOf(markerAlias(second, 3), second)).toBe(3);
    for (const [marker, of] of [
      [markerAlias(run, 1), second],
      [markerAlias(run, 1), third],
      [markerAlias(second, 1), third],
    ] as const) {
      expect([tryOf(marker, of), isFromEarlierRun(marker, of)]).toEqual([null, true]);
    }
    expect(tryOf(markerAlias(second, 1), run)).toBeNull();
    expect(isFromEarlierRun(markerAlias(second, 1), run)).toBe(false);
  });

  it.each([null, 'work', 'mooring-00000000c0de-', 'mooring-00000000c0de-x', 'mooring-1-1'])(
    'is not %j',
    (alias) => expect(tryOf(alias, run)).toBeNull(),
  );
});
