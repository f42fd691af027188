import { describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { type AccountStatus, accountStatuses } from '../../sandbox/account.ts';
import { type AuthSchemeName, authSchemes } from '../../src/domain/auth-schemes.ts';
import { examples } from './schemes.ts';
import { useSandbox } from './support.ts';

const { client, control, create, link, newUser } = useSandbox();

/** Schemes for whose state the API's types have no FAILED and no EXPIRED. */
const keyLike = ['API_KEY', 'BASIC', 'BEARER_TOKEN', 'GOOGLE_SERVICE_ACCOUNT', 'SERVICE_ACCOUNT'];

function shownStatus(scheme: AuthSchemeName, status: AccountStatus): AccountStatus {
  if (status === 'REVOKED' && scheme !== 'OAUTH2') return 'INACTIVE';
  const isEnding = status === 'FAILED' || status === 'EXPIRED';
  return isEnding && keyLike.includes(scheme) ? 'INACTIVE' : status;
}

/**
 * The contract's required keys, by scheme and status of the state (§4.2), and the further ones that
 * the SDK wants.
 */
function wantedKeys(scheme: AuthSchemeName, status: string): readonly string[] {
  const { credentials, redirects } = authSchemes[scheme];
  if (status === 'ACTIVE' || status === 'INACTIVE') {
    // Core 0.19 drops the state of a BASIC account without one.
    return scheme === 'BASIC' ? [...credentials, 'password'] : credentials;
  }
  if (scheme === 'BASIC_WITH_JWT' && ['FAILED', 'EXPIRED'].includes(status)) return credentials;
  if (status !== 'INITIATED' || !redirects) return [];
  if (scheme === 'DCR_OAUTH' || scheme === 'CIMD_OAUTH') return ['redirectUrl', 'client_id'];
  if (scheme === 'OAUTH1') return ['redirectUrl', 'oauth_token', 'oauth_token_secret', 'authUri'];
  return ['redirectUrl'];
}

async function stateOf(id: string) {
  return (await client().connectedAccounts.retrieve(id)).state as {
    authScheme: string;
    val: Record<string, unknown>;
  };
}

describe('the state of an account', () => {
  it.each(Object.keys(examples) as AuthSchemeName[])(
    'of %s has, in every status, every key that the SDK wants',
    async (scheme) => {
      const { authConfigId } = examples[scheme];
      for (const status of accountStatuses) {
        const { id } = await control().seedAccount({ userId: newUser(), authConfigId, status });
        const { authScheme, val } = await stateOf(id);
        expect(authScheme).toBe(scheme);
        expect(val['status']).toBe(shownStatus(scheme, status));
        for (const key of wantedKeys(scheme, String(val['status']))) {
          expect(val[key], `${key} of ${status}`).toEqual(expect.any(String));
        }
        expect(Object.values(val)).not.toContain(null);
      }
    },
  );
});

describe('the reported person at the provider', () => {
  const displayName = async (id: string) => (await stateOf(id)).val['displayName'];
  async function connectedBy(person: string): Promise<string> {
    const { connected_account_id: id, redirect_url } = await link();
    expect(await displayName(id)).toBeUndefined();
    await new Person(person).approve(redirect_url);
    return id;
  }

  it('is the one who consented, which may be another user', async () => {
    const [first, again, other] = [
      await connectedBy('ada'),
      await connectedBy('ada'),
      await connectedBy('bob'),
    ];
    expect(await displayName(first)).toBe('ada@people.example');
    expect(await displayName(again)).toBe(await displayName(first));
    expect(await displayName(other)).toBe('bob@people.example');
  });

  it('is reported also when the account is of no use any more', async () => {
    const id = await connectedBy('ada');
    for (const status of ['EXPIRED', 'INACTIVE', 'REVOKED'] as const) {
      await control().setStatus(id, status);
      expect(await displayName(id)).toBe('ada@people.example');
    }
  });

  it('of a seeded account is the given one, also after it expired, or unknown', async () => {
    const row = { userId: newUser(), authConfigId: 'ac_gmail', status: 'EXPIRED' } as const;
    const ids = [
      await control().seedAccount({ ...row, person: 'ada' }),
      await control().seedAccount({ ...row, person: null }),
      await control().seedAccount(row),
    ];
    expect(await Promise.all(ids.map(({ id }) => displayName(id)))).toEqual([
      'ada@people.example',
      undefined,
      `person_of_${row.userId}@people.example`,
    ]);
    const stored = await control().accounts({ userId: row.userId });
    expect(stored.map(({ person }) => person)).toEqual(['ada', null, `person_of_${row.userId}`]);
  });

  it('is unknown if no provider was asked, whatever the caller says', async () => {
    const val = {
      status: 'ACTIVE',
      access_token: 'xoxb-imported',
      displayName: 'eve@evil.example',
    };
    const { id } = await create('ac_custom_slack', { authScheme: 'OAUTH2', val });
    expect(await displayName(id)).toBeUndefined();
  });
});
