import { check, type Ending, eventually } from '../finding.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const dayMs = 86_400_000;
/** One a day. Every quarter of an hour, as in Mooring's own schedule, would be 672. */
const firings = 7;

/** Grants that die, the notification, and how the account becomes ACTIVE again under its own id. */
export const dying: Scenario[] = [
  {
    name: 'grant-dies-webhook',
    async run(stage) {
      const { connectedAccountId: id } = await stage.connected();
      await stage.sandbox.killGrant(id);
      const { expired } = await stage.sandbox.renewInBackground([id]);
      check(expired === 1, 'Composio finds the grant dead');
      await stage.toldOf(2);
      check(stage.told()['connection.reauth_required'] === 1, 'the app is notified');
      const attempts = await webhooksAbout(stage, id);
      const taken = attempts.filter(({ status }) => status === 204);
      check(taken.length === 1, 'one webhook was taken');
      await idle(stage, id);
      check((await stage.refreshes()) === 1, 'one refresh');
      return comesBack(stage, id, [
        'connect.active',
        'connection.reauth_required',
        'connection.healed',
      ]);
    },
  },
  {
    name: 'grant-dies-sweep',
    async run(stage) {
      const { connectedAccountId: id } = await stage.connected();
      await stage.sandbox.killGrant(id);
      await stage.sandbox.setStatus(id, 'EXPIRED');
      check((await webhooksAbout(stage, id)).length === 0, 'no webhook reports it');
      const report = await stage.swept({ filter: { userIds: [stage.userId] } });
      check(
        report.outcomes.reauth_required === 1,
        'the sweep finds that the user must re-authenticate',
      );
      await stage.toldOf(3);
      check(stage.told()['connection.reauth_required'] === 1, 'the app is notified');
      check((await stage.refreshes()) === 1, 'one refresh');
      return comesBack(stage, id, [
        'connect.active',
        'sweep.finished',
        'connection.reauth_required',
        'connection.healed',
      ]);
    },
  },
  {
    name: 'dead-for-a-week',
    alone: true,
    async run(stage) {
      const { sandbox, userId } = stage;
      const { connectedAccountId: id } = await stage.connected();
      await sandbox.killGrant(id);
      // With a refresh that only renews, the account stays EXPIRED all week, and nothing stops
      // further refreshes.
      const last = await stage.where({ refreshReading: 'renew' }, async () => {
        await sandbox.renewInBackground([id]);
        await stage.toldOf(2);
        for (let firing = 1; ; firing++) {
          await sandbox.advance(dayMs);
          await sandbox.sendWebhook(id);
          await heardOf(stage, id, firing + 1);
          const report = await stage.swept({ filter: { userIds: [userId] } });
          check(
            report.outcomes.already_notified === 1,
            'the sweep sees that the user was notified',
          );
          if (firing === firings) return report;
        }
      });
      const reads = (await stage.calls()).filter(({ route }) => route.endsWith('/:id'));
      check(reads.length > firings, 'each webhook causes a read');
      check((await stage.refreshes()) === 1, 'one refresh in the whole week');
      return stage.endsSwept(last, {
        ended: 'finished',
        events: [
          'connect.active',
          'connection.reauth_required',
          ...Array.from({ length: firings }, () => 'sweep.finished' as const),
        ],
        left: { [id]: 'EXPIRED' },
      });
    },
  },
  {
    name: 'keeps-the-id',
    async run(stage) {
      const { connectionId, connectedAccountId: id } = await stage.connected();
      await stage.sandbox.killGrant(id);
      await stage.sandbox.setStatus(id, 'EXPIRED');
      const finding = await comesBack(stage, id, ['connect.active', 'connection.healed']);
      const { refresh } = await stage.sandbox.introspect(id);
      check(refresh === true, 'the grant lives at the provider');
      const again = await stage.mooring.accounts.getRefresh(id).describe();
      check(again.connectionId === connectionId, 'the connection has the same id');
      return finding;
    },
  },
];

/** The user is present, and authorizes the same account again. */
async function comesBack(stage: Stage, id: string, events: Ending['events']) {
  const { returnUrl, userId } = stage;
  const answer = await stage.mooring.accounts.refresh({
    userId,
    connectedAccountId: id,
    returnUrl,
  });
  check(answer.redirectUrl !== null, 'the user gets a link to the same account');
  await stage.comeBack(await stage.person().approve(answer.redirectUrl));
  return stage.endsRefreshed(id, { status: 'ACTIVE', events, left: { [id]: 'ACTIVE' } });
}

async function webhooksAbout({ sandbox }: Stage, id: string) {
  return (await sandbox.webhooks()).filter(({ accountId }) => accountId === id);
}

/** Waits until this many webhooks were taken and their runs are closed. */
async function heardOf(stage: Stage, id: string, webhooks: number): Promise<void> {
  await eventually(async () => {
    const attempts = await webhooksAbout(stage, id);
    return attempts.filter(({ status }) => status === 204).length === webhooks;
  }, 'the webhook was taken');
  await idle(stage, id);
}

/** Waits until no refresh of this account is open. */
async function idle({ mooring }: Stage, id: string): Promise<void> {
  const isClosed = async () => !(await mooring.accounts.getRefresh(id).describe()).open;
  await eventually(isClosed, 'the refresh has ended');
}
