import { AuthScheme } from '../../src/index.ts';
import { check } from '../finding.ts';
import type { Scenario } from './scenario.ts';

/** Other ways to connect than Composio's own link, and other accounts than a private one. */
export const methods: Scenario[] = [
  {
    name: 'api-key',
    async run(anywhere) {
      const stage = anywhere.at('ac_apikey');
      const scheme = AuthScheme.APIKey({ generic_api_key: `key-of-${stage.userId}` });
      const answer = await stage.ask({ method: { initiate: scheme } });
      check(answer.redirectUrl === null, 'there is no link');
      const finding = await stage.ends(answer.connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [answer.connectedAccountId]: 'ACTIVE' },
      });
      check(finding.apiCalls === 3, 'three API calls: list, create, get');
      return finding;
    },
  },
  {
    name: 'api-key-rejected',
    async run(anywhere) {
      const stage = anywhere.at('ac_apikey');
      const key = `bad-key-of-${stage.userId}`;
      const scheme = AuthScheme.APIKey({ generic_api_key: key });
      const error = await stage.refusal({ method: { initiate: scheme } });
      check(error.code === 'ERR_CREDENTIALS_REJECTED', 'refused as rejected by the toolkit');
      check(error.details.field === 'generic_api_key', 'the refusal names the field');
      check(
        !JSON.stringify([error.message, error.details]).includes(key),
        'the refusal does not show the key',
      );
      return stage.endsRefused(error, { events: [], left: {} });
    },
  },
  {
    name: 'custom-oauth-subdomain',
    async run(anywhere) {
      const stage = anywhere.at('ac_custom_zendesk');
      const scheme = AuthScheme.OAuth2({ subdomain: 'harbour-notes' });
      const { connectionId, connectedAccountId } = await stage.connected({
        method: { initiate: scheme },
      });
      const { fields, person } = await stage.account(connectedAccountId);
      check(fields.includes('subdomain'), 'the toolkit knows the subdomain');
      check(person === 'ada', 'the person who consented is known');
      return stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [connectedAccountId]: 'ACTIVE' },
      });
    },
  },
  {
    name: 'shared',
    async run(stage) {
      const colleague = `${stage.userId}-colleague`;
      const sharing = { allowedUserIds: [colleague], notAllowedUserIds: ['intern'] };
      const { connectionId, connectedAccountId } = await stage.connected({ sharing });
      const { accountType, acl } = await stage.account(connectedAccountId);
      check(accountType === 'SHARED', 'the account is SHARED');
      check(acl?.allowed_user_ids.join() === colleague, 'shared with the colleague');
      check(acl.not_allowed_user_ids.join() === 'intern', 'not shared with the intern');
      check(!acl.allow_all_users, 'not shared with all users');
      return stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [connectedAccountId]: 'ACTIVE' },
      });
    },
  },
];
