/**
 * A backend beside `mooring dev` that knows only what `mooring dev` prints: connects a user and
 * reads the accounts.
 */
import { Person } from '../../demo/person.ts';
import { ConnectedAccounts } from '../../src/accounts.ts';
import { MooringClient } from '../../src/index.ts';

const mooring = await MooringClient.connect();
const accounts = await ConnectedAccounts.connect();
const [origin] = (process.env.MOORING_RETURN_ORIGINS ?? '').split(',');
const { connectionId, redirectUrl } = await mooring.connectUser({
  userId: 'ada',
  authConfigId: 'ac_gmail',
  returnUrl: `${origin}/done`,
});
const callback = await new Person('ada').approve(redirectUrl ?? '');
const { status: answered } = await fetch(callback, { redirect: 'manual' });
const { status, connectedAccountId } = await mooring.connections
  .get(connectionId)
  .result({ timeoutMs: 120_000 });
const read = [];
for await (const { id } of accounts.listActive({ userIds: ['ada'] })) read.push(id);
process.stdout.write(`${JSON.stringify({ answered, status, connectedAccountId, read })}\n`);
await accounts.close();
await mooring.close();
