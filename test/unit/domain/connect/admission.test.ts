import { describe, expect, it } from 'vitest';
import { replacedAlias, type Sharing } from '../../../../src/domain/account.ts';
import { admit, sharingFor } from '../../../../src/domain/connect/admission.ts';
import { row } from '../../a-row.ts';

const nothing = { account: null, refusal: null };
const shared = (sharing: Sharing) => row({ accountType: 'SHARED', sharing });

describe('what is there already', () => {
  it('lets an attempt make its own when nothing is ACTIVE', () => {
    expect(admit([], {})).toEqual(nothing);
    expect(
      admit([row({ status: 'EXPIRED' }), row({ id: 'ca_2', status: 'INITIATED' })], {}),
    ).toEqual(nothing);
  });

  it('refuses beside an ACTIVE account, whatever its alias, and names it', () => {
    const refusal = { code: 'ERR_ALREADY_CONNECTED', details: { connectedAccountId: 'ca_1' } };
    expect(admit([row()], {})).toMatchObject({ refusal });
    expect(admit([row({ alias: 'work' })], {})).toMatchObject({ refusal });
    expect(admit([row()], { alias: 'work' })).toMatchObject({ refusal });
  });

  it('is answered by `reuse` when it is this connection’s, and only then', () => {
    expect(admit([row()], { onExisting: 'reuse' })).toEqual({ account: row(), refusal: null });
    const work = row({ id: 'ca_2', alias: 'work' });
    expect(admit([row(), work], { onExisting: 'reuse', alias: 'work' }).account).toEqual(work);
    expect(admit([work], { onExisting: 'reuse' })).toMatchObject({
      refusal: { code: 'ERR_ALREADY_CONNECTED' },
    });
    expect(admit([row()], { onExisting: 'reuse', alias: 'work' })).toEqual(nothing);
  });

  it('is left beside by `add` under another alias, and refuses the alias that it bears', () => {
    const dead = row({ status: 'EXPIRED', alias: 'work' });
    expect(admit([row()], { onExisting: 'add', alias: 'work' })).toEqual(nothing);
    const refusal = { code: 'ERR_ALIAS_IN_USE', details: { connectedAccountId: 'ca_1' } };
    expect(admit([row({ alias: 'work' })], { onExisting: 'add', alias: 'work' })).toMatchObject({
      refusal,
    });
    expect(admit([dead], { alias: 'work' })).toMatchObject({ refusal });
    expect(admit([dead], { alias: 'work', replaces: 'ca_1' })).toEqual(nothing);
  });

  it('stands in nobody’s way when it is to be replaced, unless it was before or is not there', () => {
    expect(admit([row()], { replaces: 'ca_1' })).toEqual(nothing);
    const refusal = {
      code: 'ERR_ACCOUNT_NOT_FOUND',
      details: { field: 'replaces', connectedAccountId: 'ca_1' },
    };
    expect(admit([], { replaces: 'ca_1' })).toMatchObject({ account: null, refusal });
    const replaced = row({ status: 'EXPIRED', alias: replacedAlias({ id: 'ca_1' }) });
    expect(admit([replaced], { replaces: 'ca_1' })).toMatchObject({ refusal });
  });

  it('of another connection stands not in the way of a replacement, of this one it does', () => {
    const dead = row({ id: 'ca_2', status: 'EXPIRED' });
    expect(admit([dead, row({ alias: 'work' })], { replaces: 'ca_2' })).toEqual(nothing);
    expect(admit([dead, row()], { replaces: 'ca_2' }).refusal).toMatchObject({
      code: 'ERR_ALREADY_CONNECTED',
    });
  });

  it('is, for a reconnect link, the account that has taken its place', () => {
    const replaced = row({ status: 'EXPIRED', alias: replacedAlias({ id: 'ca_1' }) });
    const now = row({ id: 'ca_2' });
    const link = { replaces: 'ca_1', onExisting: 'reuse' } as const;
    expect(admit([replaced, now], link)).toEqual({ account: now, refusal: null });
    expect(admit([row()], link).account).toEqual(row());
  });
});

describe('a SHARED account', () => {
  const reuse = { onExisting: 'reuse' } as const;
  it.each<[Sharing, Sharing | undefined, boolean]>([
    [{}, undefined, false],
    [{}, { allowedUserIds: ['bob'] }, true],
    [{ allowedUserIds: ['bob'] }, { allowedUserIds: ['bob', 'cy'] }, true],
    [{ allowedUserIds: ['bob', 'cy'] }, { allowedUserIds: ['bob'] }, false],
    [{ allowAllUsers: true }, { allowedUserIds: ['bob'] }, false],
    [{ allowAllUsers: true }, { allowAllUsers: true }, true],
    [{ allowAllUsers: true }, { allowAllUsers: true, notAllowedUserIds: ['eve'] }, false],
    [
      { allowAllUsers: true, notAllowedUserIds: ['eve'] },
      { allowAllUsers: true, notAllowedUserIds: ['eve'] },
      true,
    ],
  ])('of %j is reused where %j was asked: %s', (sharing, asked, isReused) => {
    const admission = admit([shared(sharing)], { ...reuse, ...(asked && { sharing: asked }) });
    expect(admission.refusal === null).toBe(isReused);
  });

  it('that is replaced hands on with whom it was shared, unless something else is asked for', () => {
    const old = shared({ allowedUserIds: ['bob'] });
    expect(sharingFor([old], { replaces: 'ca_1' })).toEqual({ allowedUserIds: ['bob'] });
    expect(sharingFor([old], { replaces: 'ca_1', sharing: { allowAllUsers: true } })).toEqual({
      allowAllUsers: true,
    });
    expect(sharingFor([old], {})).toBeUndefined();
    expect(sharingFor([row()], { replaces: 'ca_1' })).toBeUndefined();
    // Healed meanwhile: a reconnect link answers it, however widely it is shared.
    expect(admit([old], { replaces: 'ca_1', onExisting: 'reuse' }).account).toEqual(old);
  });

  it('is never reused when the API does not tell with whom it is shared', () => {
    const untold = row({ accountType: 'SHARED' });
    const asked = { ...reuse, sharing: { allowAllUsers: true } };
    expect(admit([untold], asked).refusal).toMatchObject({ code: 'ERR_ALREADY_CONNECTED' });
  });

  it('is not asked for by `reuse` of a PRIVATE one, which is open to fewer', () => {
    const asked = { ...reuse, sharing: { allowAllUsers: true } };
    expect(admit([row()], asked).account).toEqual(row());
  });
});
