import { describe, expect, it } from 'vitest';
import { callbackUrl, refusal, refused, useSandbox } from './support.ts';

const { client, control, create, newUser } = useSandbox();
const accounts = () => client().connectedAccounts;

type Experimental = Parameters<ReturnType<typeof client>['link']['create']>[0]['experimental'];

/** Both ways to make an account. */
const ways = {
  link: async (experimental: NonNullable<Experimental>, user_id = newUser()) => {
    const link = { auth_config_id: 'ac_gmail', user_id, callback_url: callbackUrl, experimental };
    const { connected_account_id: id, ...answer } = await client().link.create(link);
    return { id, experimental: answer.experimental };
  },
  create: async (experimental: NonNullable<Experimental>, user_id = newUser()) =>
    create('ac_no_auth', undefined, { user_id, experimental }),
};

const many = (length: number) => Array.from({ length }, (_, n) => `user-${n}`);

describe.each(['link', 'create'] as const)('an account made by %s', (way) => {
  it('is shared with the users that the ACL names, in every answer and in the store', async () => {
    const acl_config_for_shared = {
      allow_all_users: false,
      allowed_user_ids: ['ada', 'bob'],
      not_allowed_user_ids: ['eve'],
    };
    const shared = { account_type: 'SHARED', acl_config_for_shared } as const;
    const userId = newUser();
    const { id, experimental } = await ways[way](shared, userId);
    expect(experimental).toEqual(shared);
    expect((await accounts().retrieve(id)).experimental).toEqual(shared);
    const { items } = await accounts().list({ user_ids: [userId], account_type: 'SHARED' });
    expect(items.map((item) => item.experimental)).toEqual([shared]);
    const [stored] = await control().accounts({ userId });
    expect(stored).toMatchObject({ accountType: 'SHARED', acl: acl_config_for_shared });
  });

  it('is shared with nobody without an ACL, and PRIVATE by default', async () => {
    const { experimental } = await ways[way]({ account_type: 'SHARED' });
    expect(experimental?.acl_config_for_shared).toEqual({
      allow_all_users: false,
      allowed_user_ids: [],
      not_allowed_user_ids: [],
    });
    expect((await ways[way]({})).experimental).toEqual({ account_type: 'PRIVATE' });
  });

  it('has no ACL while it is PRIVATE', async () => {
    const acl_config_for_shared = { allow_all_users: true };
    for (const experimental of [
      { acl_config_for_shared },
      { acl_config_for_shared, account_type: 'PRIVATE' as const },
    ]) {
      expect(await refusal(ways[way](experimental))).toMatchObject(
        refused(400, {
          message: expect.stringContaining(
            'acl_config_for_shared is only valid on SHARED',
          ) as string,
        }),
      );
    }
  });

  it.each(['allowed_user_ids', 'not_allowed_user_ids'])(
    'takes values up to the limits of %s',
    async (list) => {
      const withList = (ids: string[]) =>
        ways[way]({ account_type: 'SHARED', acl_config_for_shared: { [list]: ids } });
      await withList([...many(999), 'x'.repeat(256)]);
      for (const ids of [many(1_001), [''], ['x'.repeat(257)]]) {
        expect(await refusal(withList(ids))).toMatchObject({ status: 400 });
      }
    },
  );
});

describe('a patch of the ACL', () => {
  const patch = (id: string, acl_config_for_shared: object) =>
    accounts().patch(id, { experimental: { acl_config_for_shared } });

  it('keeps unnamed lists and replaces named ones', async () => {
    const { id } = await control().seedAccount({
      userId: newUser(),
      authConfigId: 'ac_gmail',
      acl: { allowed_user_ids: ['ada'], not_allowed_user_ids: ['eve'] },
    });
    await patch(id, { allow_all_users: true, not_allowed_user_ids: [] });
    expect((await accounts().retrieve(id)).experimental).toEqual({
      account_type: 'SHARED',
      acl_config_for_shared: {
        allow_all_users: true,
        allowed_user_ids: ['ada'],
        not_allowed_user_ids: [],
      },
    });
  });

  it('is refused on a PRIVATE account and beyond the limits, and then changes nothing', async () => {
    const seed = { userId: newUser(), authConfigId: 'ac_gmail' };
    const { id: ofOne } = await control().seedAccount(seed);
    const { id: shared } = await control().seedAccount({ ...seed, accountType: 'SHARED' });
    const message = expect.stringContaining('only valid on SHARED') as string;
    expect(await refusal(patch(ofOne, {}))).toMatchObject(refused(400, { message }));
    const tooMany = { acl_config_for_shared: { allowed_user_ids: many(1_001) } };
    const both = { alias: 'work', experimental: tooMany };
    expect(await refusal(accounts().patch(shared, both))).toMatchObject({ status: 400 });
    expect((await accounts().retrieve(shared)).alias).toBeNull();
  });
});
