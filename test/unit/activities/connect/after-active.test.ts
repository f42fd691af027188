import { describe, expect, it } from 'vitest';
import { FakeApi, row, stageFor } from '../support.ts';

/** Answers 404 to the reads with these numbers, counted from one over all accounts. */
class ForgetfulApi extends FakeApi {
  readonly #missed: readonly number[];
  #reads = 0;

  constructor(missed: readonly number[]) {
    super();
    this.#missed = missed;
  }

  override async getAccount(id: string) {
    const account = await super.getAccount(id);
    return this.#missed.includes(++this.#reads) ? null : account;
  }
}

const named = { connectedAccountId: 'ca_1', alias: 'work' };

describe('an account that reads 404 once', () => {
  const setUp = () => {
    const api = new ForgetfulApi([1]);
    api.rows = [row({ status: 'ACTIVE', identity: { label: 'a…', hash: 'h' } })];
    return { api, ...stageFor(api) };
  };

  it('counts as named if its alias is read then', async () => {
    const { environment, activities } = setUp();
    expect(await environment.run(activities.setAccountAlias, named)).toBe('named');
  });

  it('is still compared with another account', async () => {
    const { api, environment, activities } = setUp();
    api.rows.push(row({ id: 'ca_2', identity: { label: 'a…', hash: 'h' } }));
    const pair = { connectedAccountId: 'ca_1', with: 'ca_2' };
    expect(await environment.run(activities.compareIdentities, pair)).toBe(true);
  });
});

describe('a verified session', () => {
  const session = { sessionUri: 'cs_1', userId: 'ada' };

  it.each([
    ['of this account confirms it', 'ca_1', 'verified'],
    ['of another account does not confirm it', 'ca_2', 'unknown'],
  ])('%s', async (_, owner, completion) => {
    const api = new FakeApi();
    api.rows = [row(), row({ id: 'ca_2' })];
    api.sessions.set('cs_1', owner);
    const { environment, activities } = stageFor(api);
    const given = { ...session, connectedAccountId: 'ca_1' };
    expect(await environment.run(activities.completeAuth, given)).toBe(completion);
  });
});

describe('an account that reads 404 twice', () => {
  it('is gone', async () => {
    const api = new ForgetfulApi([1, 2]);
    api.rows = [row({ status: 'ACTIVE' })];
    const { environment, activities } = stageFor(api);
    expect(await environment.run(activities.setAccountAlias, named)).toBe('gone');
  });
});
