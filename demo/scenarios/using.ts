import { ConnectedAccounts, MooringError } from '../../src/accounts.ts';
import { check } from '../finding.ts';
import type { Scenario } from './scenario.ts';

/** The check before an account is used. */
export const using: Scenario[] = [
  {
    name: 'inactive-cannot-execute',
    alone: true,
    async run(stage) {
      const { env: environment, mooring, sandbox, userId } = stage;
      const { connectionId, connectedAccountId } = await stage.connected();
      const accounts = await ConnectedAccounts.connect({ environment, mooring });
      const call = { tool: 'GMAIL_FETCH_EMAILS', userId, connectedAccountId, arguments: {} };
      const { successful } = await accounts.executeTool(call);
      check(successful, 'a tool runs with the account');
      await mooring.accounts.disable({ userId, connectedAccountId });
      // As seen live: Composio itself lets the call through.
      const refused = await stage.where({ inactiveExecutes: true }, () =>
        accounts.executeTool(call).then(
          () => null,
          (error: unknown) => error,
        ),
      );
      check(
        refused instanceof MooringError,
        'the tool call is refused once the account is disabled',
      );
      const { reason } = refused.details;
      const calls = (await stage.calls()).filter(({ route }) => route.includes('/tools/execute'));
      check(calls.length === 1, 'the second call never reached the API');
      check((await sandbox.toolCalls())[connectedAccountId] === 1, 'the toolkit received one call');
      const finding = await stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active', 'connection.disabled'],
        left: { [connectedAccountId]: 'INACTIVE' },
      });
      return { ...finding, outcome: refused.code, reason: reason ?? null };
    },
  },
];
