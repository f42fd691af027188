import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../soak/evidence.ts';
import { connectExisting } from './connect-steps.ts';
import { runIdOf } from './diary.ts';
import { auditAfter, nextIn, violation } from './spoil.ts';

const events = (userId: string, what: string) => violation('events', userId, what);

describe('an event', () => {
  it('of an attempt reaches each endpoint', () => {
    const violations = auditAfter((evidence) => refuse(evidence, 'connect.active', 'ann'));
    const what = `attempt ${runIdOf('ann')}: connect.active never reached archive`;
    expect(violations).toEqual([events('ann', what)]);
  });

  it('reaches an endpoint that has received no request at all', () => {
    const violations = auditAfter((evidence) => {
      evidence.endpoints = ['app', 'archive', 'backup'];
    });
    const what = `attempt ${runIdOf('ann')}: connect.active never reached backup`;
    expect(violations).toContainEqual(events('ann', what));
    expect(violations.filter(({ what }) => !what.endsWith('never reached backup'))).toEqual([]);
  });

  it.each([
    ['ACTIVE', false],
    ['INITIATED', true],
  ] as const)('is expected for an account that was %s before the attempt: %s', (status, isNews) => {
    const violations = auditAfter((evidence, diary) => {
      connectExisting(diary, { userId: 'lea', at: 300, status });
      evidence.deliveries = evidence.deliveries.filter(({ userId }) => userId !== 'lea');
    });
    const what = ['app', 'archive'].map((endpoint) =>
      events('lea', `attempt ${runIdOf('lea')}: connect.active never reached ${endpoint}`),
    );
    expect(violations).toEqual(isNews ? what : []);
  });

  it('is expected for an account that was not ACTIVE when the attempt began, and is sent', () => {
    const asked = { userId: 'lea', at: 300, status: 'INITIATED' } as const;
    expect(auditAfter((_, diary) => connectExisting(diary, asked))).toEqual([]);
  });

  it('counts as sent if the endpoint accepted a later try', () => {
    const violations = auditAfter((evidence) => {
      const deliveries = evidence.deliveries.filter(({ userId }) => userId === 'ann');
      refuse(evidence, 'connect.active', 'ann');
      const again = deliveries.map((delivery, at) => ({
        ...delivery,
        n: evidence.deliveries.length + at + 1,
      }));
      evidence.deliveries.push(...again.map((delivery) => ({ ...delivery, status: 204 })));
    });
    expect(violations).toEqual([]);
  });

  it('of a disconnect reaches each endpoint', () => {
    const violations = auditAfter((evidence) => refuse(evidence, 'connection.deleted', 'eve'));
    const what = `disconnect run ${runIdOf('end-eve')} of account ca_eve: connection.deleted never reached archive`;
    expect(violations).toEqual([events('eve', what)]);
  });

  it('of an offboarding reaches each endpoint', () => {
    const violations = auditAfter((evidence) => refuse(evidence, 'user.offboarded', 'fay'));
    const what =
      'the offboarding that ended at 2026-01-01T10:01:24.000Z: user.offboarded never reached archive';
    expect(violations).toEqual([events('fay', what)]);
  });

  it('that is still being delivered is stuck, and not missing', () => {
    const violations = auditAfter((evidence, diary) => {
      refuse(evidence, 'connect.active', 'ann');
      const workflowId = `event/${runIdOf('ann')}_1/archive`;
      const run = { workflowId, type: 'deliverEvent', phase: 'delivering' };
      diary.run('ann', 'event-ann', { ...run, from: 12, to: null });
    });
    const what = `run ${runIdOf('event-ann')} of event/${runIdOf('ann')}_1/archive is still open, delivering`;
    expect(violations).toEqual([violation('stuck', 'ann', what)]);
  });

  it('has the same content in each delivery', () => {
    let n = 0;
    const violations = auditAfter(({ deliveries }) => {
      const last = deliveries.findLast(({ type }) => type === 'connection.deleted');
      n = last?.n ?? 0;
      if (last !== undefined) last.body = last.body.replace('refresh_token', 'other');
    });
    const what = `deliveries ${n - 1} and ${n} of event ${runIdOf('end-eve')}_1 differ`;
    expect(violations).toEqual([events('eve', what)]);
  });

  it('has a valid signature', () => {
    const violations = auditAfter(({ deliveries }) => {
      const unsigned = { isVerified: false, eventId: null, type: null, userId: null, status: 401 };
      const n = deliveries.length + 1;
      deliveries.push({ n, endpoint: 'app', at: 0, body: '{}', ...unsigned });
    });
    const what = `delivery ${nextIn('deliveries')} at app had no valid signature`;
    expect(violations).toEqual([{ check: 'events', story: null, userId: null, what }]);
  });

  it('is the only one for its outcome', () => {
    const violations = auditAfter((evidence) => {
      const [first, second] = evidence.deliveries.filter(({ userId }) => userId === 'bob');
      for (const [at, delivery] of [first, second].entries()) {
        if (delivery === undefined) continue;
        const n = evidence.deliveries.length + 1;
        evidence.deliveries.push({ ...delivery, n, eventId: `${runIdOf('bob')}_2${at}` });
      }
    });
    const what = `attempt ${runIdOf('bob')} sent 3 events of its outcome`;
    expect(violations).toEqual([events('bob', what)]);
  });

  it('is not sent for an attempt that was refused', () => {
    const violations = auditAfter((evidence, diary) => {
      const runId = runIdOf('ann-again');
      const outcome = evidence.runs.find((run) => run.runId === runId)?.result;
      const data = { attempt: { runId }, outcome };
      diary.event('ann', runId, { at: 300, type: 'connect.failed', data });
    });
    const what = `attempt ${runIdOf('ann-again')} was refused, and sent an event`;
    expect(violations).toEqual([events('ann', what)]);
  });
});

/** The log of a world in which one endpoint was down. */
function refuse({ deliveries }: Evidence, type: string, userId: string): void {
  const meant = deliveries.filter(
    (delivery) =>
      delivery.type === type && delivery.userId === userId && delivery.endpoint === 'archive',
  );
  for (const delivery of meant) delivery.status = 503;
}
