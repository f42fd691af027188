import { isDeepStrictEqual } from 'node:util';
import { AuthScheme, type DisconnectHandle, type EndReceipt } from '../../src/index.ts';
import { check, eventually } from '../finding.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const alive = { access: true, refresh: true };
const dead = { access: false, refresh: false };
/** Production leaves a provider that fails alone for up to an hour; here for long enough to look around. */
const timings = { roundMs: 3_000, restFirstMs: 3_000, restMaxMs: 3_000 };

/** Accounts that are ended, and what is known of their grants then. */
export const ending: Scenario[] = [
  {
    name: 'disconnect',
    async run(stage) {
      const account = await ours(stage);
      const { sandbox } = stage;
      const { connectedAccountId: id } = account;
      check(
        isDeepStrictEqual(await sandbox.introspect(id), alive),
        'the provider takes its tokens',
      );
      const by = { actor: 'ada', note: 'asked by mail' };
      const end = await stage.mooring.disconnect({ ...account, ...by });
      const receipt = await receiptOf(end);
      check(receipt.certain, 'the grant is dead for certain');
      check(receipt.revokedTokens.length === 2, 'the receipt names both kinds of token');
      check(receipt.actor === by.actor && receipt.note === by.note, 'and who wanted it, and why');
      check(
        isDeepStrictEqual(await sandbox.introspect(id), dead),
        'the provider takes them no more',
      );
      check((await stage.written()).join() === 'REVOKED,delete', 'revoked before it was deleted');
      const finding = await stage.endsProven(end, {
        proof: 'revoked',
        events: ['connect.active', 'connection.deleted'],
        left: {},
      });
      const told = stage.inbox.of(stage.userId).find(({ type }) => type === 'connection.deleted');
      check(isDeepStrictEqual(told?.data, receipt), 'the app is told by the same receipt');
      return finding;
    },
  },
  {
    name: 'disconnect-api-key',
    async run(anywhere) {
      const stage = anywhere.at('ac_apikey');
      const scheme = AuthScheme.APIKey({ generic_api_key: `key-of-${stage.userId}` });
      const { connectedAccountId } = await stage.ask({ method: { initiate: scheme } });
      const { userId } = stage;
      const end = await stage.mooring.disconnect({ userId, connectedAccountId });
      const { certain, toolkit } = await receiptOf(end);
      check(!certain, 'the key may work on, and the receipt does not say otherwise');
      check(toolkit === 'tavily', 'but names where its user has to withdraw it');
      check((await stage.written()).join() === 'delete', 'the account is deleted all the same');
      return stage.endsProven(end, {
        proof: 'unsupported',
        events: ['connect.active', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'disconnect-disabled',
    async run(stage) {
      const account = await ours(stage);
      const { sandbox, mooring } = stage;
      const { connectedAccountId: id } = account;
      const calls = async () => (await sandbox.toolCalls())[id];
      await callTool(stage, id);
      check((await calls()) === 1, 'an agent uses it');
      await mooring.disable(account);
      await failsOnce(stage);
      // Only an ACTIVE account can be revoked, so it is enabled for just that, here twice.
      const end = await mooring.disconnect({ ...account, timings });
      await waitsForProvider(end);
      await callTool(stage, id);
      check((await calls()) === 1, 'and cannot while the provider is waited for');
      await receiptOf(end);
      await callTool(stage, id);
      check((await calls()) === 1, 'nor afterwards');
      const writes = (await stage.written()).join();
      check(writes === 'INACTIVE,ACTIVE,INACTIVE,ACTIVE,REVOKED,delete', 'each time closed again');
      check(isDeepStrictEqual(await sandbox.introspect(id), dead), 'and the grant is dead');
      return stage.endsProven(end, {
        proof: 'revoked',
        events: ['connect.active', 'connection.disabled', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'revoke-answer-lost',
    async run(stage) {
      const account = await ours(stage);
      const { sandbox, userId } = stage;
      await sandbox.fault({ route: revokeRoute, userId, fault: { kind: 'applyThenDrop' } });
      const end = await stage.mooring.disconnect({ ...account, timings });
      const { certain } = await receiptOf(end);
      check(certain, 'what was read back settles it');
      const tokens = await sandbox.introspect(account.connectedAccountId);
      check(isDeepStrictEqual(tokens, dead), 'the grant is dead');
      check((await stage.written()).join() === 'REVOKED,delete', 'by one revocation');
      return stage.endsProven(end, {
        proof: 'revoked',
        events: ['connect.active', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'provider-down-then-up',
    alone: true,
    async run(stage) {
      const account = await ours(stage);
      const { sandbox } = stage;
      const { connectedAccountId: id } = account;
      const end = await stage.where({ revocationEndpoint: 'fails' }, async () => {
        const end = await stage.mooring.disconnect({ ...account, timings });
        await waitsForProvider(end);
        check((await stage.account(id)).status === 'INACTIVE', 'nobody uses it meanwhile');
        check(isDeepStrictEqual(await sandbox.introspect(id), alive), 'though its grant lives');
        check(stage.told()['connection.deleted'] === undefined, 'and nobody calls it deleted');
        return end;
      });
      const { certain } = await receiptOf(end);
      check(certain, 'the provider is back, and it goes on by itself');
      check(isDeepStrictEqual(await sandbox.introspect(id), dead), 'until the grant is dead');
      const writes = (await stage.written()).join();
      check(/^INACTIVE(,ACTIVE,INACTIVE)*,ACTIVE,REVOKED,delete$/.test(writes), 'and then deletes');
      return stage.endsProven(end, {
        proof: 'revoked',
        events: ['connect.active', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'undo',
    async run(stage) {
      const account = await ours(stage);
      const { sandbox, mooring } = stage;
      const { connectedAccountId: id } = account;
      const end = await mooring.disconnect({ ...account, undoWindowMs: 60_000 });
      const isDisabled = async () => (await stage.account(id)).status === 'INACTIVE';
      await eventually(isDisabled, 'it is disabled at once');
      const kept = await mooring.keep(account);
      check(kept.status === 'ACTIVE', 'and given back, as the user has thought better of it');
      check((await stage.written()).join() === 'INACTIVE,ACTIVE', 'by nothing else');
      check(isDeepStrictEqual(await sandbox.introspect(id), alive), 'its grant was never touched');
      return stage.endsProven(end, {
        proof: 'kept',
        events: ['connect.active'],
        left: { [id]: 'ACTIVE' },
      });
    },
  },
];

const revokeRoute = 'POST /connected_accounts/:id/revoke';

async function ours(stage: Stage) {
  const { connectedAccountId } = await stage.connected();
  return { userId: stage.userId, connectedAccountId };
}

async function receiptOf(end: DisconnectHandle): Promise<EndReceipt> {
  const answer = await end.result({ timeoutMs: 30_000 });
  check('proof' in answer, 'it has come to its end');
  return answer;
}

async function waitsForProvider(end: DisconnectHandle): Promise<void> {
  await eventually(
    async () => (await end.view()).phase === 'waiting',
    'the provider is waited for',
  );
}

async function failsOnce({ sandbox, userId }: Stage): Promise<void> {
  await sandbox.fault({ route: revokeRoute, userId, fault: { kind: 'status', status: 500 } });
}

/** As agents do that ask nobody first, whether they get through or not. */
async function callTool({ env, userId }: Stage, connectedAccountId: string): Promise<void> {
  const url = new URL('/api/v3.1/tools/execute/GMAIL_FETCH_EMAILS', env.COMPOSIO_BASE_URL);
  const body = { user_id: userId, connected_account_id: connectedAccountId, arguments: {} };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': env.COMPOSIO_API_KEY ?? '' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
}
