import { describe, expect, it } from 'vitest';
import { FakeApi, input, row, stageFor } from './support.ts';

/** Reads 404 at the reads of these numbers, counted over all accounts from one; and at every alias call, if so told. */
class ForgetfulApi extends FakeApi {
  readonly #missed: readonly number[];
  readonly #losesAliases: boolean;
  #reads = 0;

  constructor(missed: readonly number[], losesAliases = false) {
    super();
    this.#missed = missed;
    this.#losesAliases = losesAliases;
  }

  override async getAccount(id: string) {
    const account = await super.getAccount(id);
    return this.#missed.includes(++this.#reads) ? null : account;
  }

  override async setAlias(id: string, alias: string) {
    return this.#losesAliases ? null : super.setAlias(id, alias);
  }
}

const named = { connectedAccountId: 'ca_1', alias: 'work' };
const old = { ...input, connectedAccountId: 'ca_1' };

describe('a row that reads 404 once', () => {
  const setUp = () => {
    const api = new ForgetfulApi([1]);
    api.rows = [row({ status: 'ACTIVE', identity: { label: 'a…', hash: 'h' } })];
    return { api, ...stageFor(api) };
  };

  it('is retired all the same', async () => {
    const { api, environment, activities } = setUp();
    expect(await environment.run(activities.retireAccount, old)).toBe('disabled');
    expect(api.rows).toMatchObject([{ status: 'INACTIVE', alias: 'mooring-replaced-ca_1' }]);
  });

  it('counts as named when its name is read then', async () => {
    const { environment, activities } = setUp();
    expect(await environment.run(activities.nameAccount, named)).toBe('named');
  });

  it('is compared with another all the same', async () => {
    const { api, environment, activities } = setUp();
    api.rows.push(row({ id: 'ca_2', identity: { label: 'a…', hash: 'h' } }));
    const pair = { connectedAccountId: 'ca_1', with: 'ca_2' };
    expect(await environment.run(activities.compareIdentity, pair)).toBe(true);
  });
});

describe('a row that reads 404 twice', () => {
  it('is gone', async () => {
    const api = new ForgetfulApi([1, 2, 3, 4]);
    api.rows = [row({ status: 'ACTIVE' })];
    const { environment, activities } = stageFor(api);
    expect(await environment.run(activities.retireAccount, old)).toBe('gone');
    expect(await environment.run(activities.nameAccount, named)).toBe('gone');
  });
});

describe('a row that cannot be marked as replaced', () => {
  it('is not disabled without its mark: that is tried again', async () => {
    const api = new ForgetfulApi([], true);
    api.rows = [row({ status: 'ACTIVE' })];
    const { environment, activities } = stageFor(api);
    const retiring = environment.run(activities.retireAccount, old);
    await expect(retiring).rejects.toMatchObject({ type: 'NOT_YET', nonRetryable: false });
    expect(api.rows).toMatchObject([{ status: 'ACTIVE' }]);
  });
});
