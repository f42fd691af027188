import { check } from '../finding.ts';
import type { Scenario } from './scenario.ts';

/** One user, one toolkit, more than one account. */
export const several: Scenario[] = [
  {
    name: 'second-account',
    async run(stage) {
      const first = await stage.connected();
      const named = { alias: 'work', onExisting: 'add' } as const;
      const second = await stage.connected(named, stage.person('bob'));
      check(
        second.connectionId === `${first.connectionId}/work`,
        'the second account has a connection of its own',
      );
      const { alias } = await stage.account(second.connectedAccountId);
      check(alias === 'work', 'the second account has its alias');
      const finding = await stage.ends(second.connectionId, {
        status: 'ACTIVE',
        events: ['connect.active', 'connect.active'],
        left: { [first.connectedAccountId]: 'ACTIVE', [second.connectedAccountId]: 'ACTIVE' },
      });
      check(
        finding.historyEvents <= 44,
        'with one endpoint and an alias at most 44 history events',
      );
      return finding;
    },
  },
  {
    name: 'alias-clash',
    async run(stage) {
      const { sandbox, authConfigId, userId } = stage;
      const holder = await sandbox.seedAccount({ userId, authConfigId, alias: 'work' });
      const taken = { alias: 'work', onExisting: 'add' } as const;
      const error = await stage.refusal(taken);
      check(error.code === 'ERR_ALIAS_IN_USE', 'refused as an alias that is in use');
      check(
        error.details.connectedAccountId === holder.id,
        'the refusal names the account that has it',
      );

      // The second alias is free at the start. Another account takes it while the user is at the
      // provider.
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect({
        ...taken,
        alias: 'home',
      });
      const callback = await stage.person().approve(redirectUrl);
      const rival = await sandbox.seedAccount({ userId, authConfigId, alias: 'home' });
      await stage.comeBack(callback);
      const { warnings } = await stage.active(connectionId);
      check(warnings?.join() === 'alias_in_use', 'the account stays connected, with a warning');
      const accounts = [holder.id, rival.id, connectedAccountId];
      return stage.endsRefused(error, {
        alias: 'work',
        events: ['connect.active'],
        left: Object.fromEntries(accounts.map((id) => [id, 'ACTIVE'])),
      });
    },
  },
];
