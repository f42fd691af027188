import { describe, expect, it } from 'vitest';
import { replacedAlias, type Sharing } from '../../../../src/domain/account.ts';
import { admissionOf, sharingFor } from '../../../../src/domain/connect/admission.ts';
import { row } from '../../a-row.ts';

const nothing = { account: null, refusal: null };
const shared = (sharing: Sharing) => row({ accountType: 'SHARED', sharing });

describe('an existing account', () => {
  it('lets an attempt create its own account unless it is ACTIVE', () => {
    expect(admissionOf([], {})).toEqual(nothing);
    expect(
      admissionOf([row({ status: 'EXPIRED' }), row({ id: 'ca_2', status: 'INITIATED' })], {}),
    ).toEqual(nothing);
  });

  it('refuses another account if it is ACTIVE, with any alias, and is named in the refusal', () => {
    const refusal = { code: 'ERR_ALREADY_CONNECTED', details: { connectedAccountId: 'ca_1' } };
    expect(admissionOf([row()], {})).toMatchObject({ refusal });
    expect(admissionOf([row({ alias: 'work' })], {})).toMatchObject({ refusal });
    expect(admissionOf([row()], { alias: 'work' })).toMatchObject({ refusal });
  });

  it('is returned with `reuse` if it belongs to this connection, and only then', () => {
    expect(admissionOf([row()], { onExisting: 'reuse' })).toEqual({
      account: row(),
      refusal: null,
    });
    const work = row({ id: 'ca_2', alias: 'work' });
    expect(admissionOf([row(), work], { onExisting: 'reuse', alias: 'work' }).account).toEqual(
      work,
    );
    expect(admissionOf([work], { onExisting: 'reuse' })).toMatchObject({
      refusal: { code: 'ERR_ALREADY_CONNECTED' },
    });
    expect(admissionOf([row()], { onExisting: 'reuse', alias: 'work' })).toEqual(nothing);
  });

  it('stays with `add` and another alias, and its own alias is refused', () => {
    const dead = row({ status: 'EXPIRED', alias: 'work' });
    expect(admissionOf([row()], { onExisting: 'add', alias: 'work' })).toEqual(nothing);
    const refusal = { code: 'ERR_ALIAS_IN_USE', details: { connectedAccountId: 'ca_1' } };
    expect(
      admissionOf([row({ alias: 'work' })], { onExisting: 'add', alias: 'work' }),
    ).toMatchObject({
      refusal,
    });
    expect(admissionOf([dead], { alias: 'work' })).toMatchObject({ refusal });
    expect(admissionOf([dead], { alias: 'work', replaces: 'ca_1' })).toEqual(nothing);
  });

  it('does not block its own replacement, unless it was replaced before or does not exist', () => {
    expect(admissionOf([row()], { replaces: 'ca_1' })).toEqual(nothing);
    const refusal = {
      code: 'ERR_ACCOUNT_NOT_FOUND',
      details: { field: 'replaces', connectedAccountId: 'ca_1' },
    };
    expect(admissionOf([], { replaces: 'ca_1' })).toMatchObject({ account: null, refusal });
    const replaced = row({ status: 'EXPIRED', alias: replacedAlias({ id: 'ca_1' }) });
    expect(admissionOf([replaced], { replaces: 'ca_1' })).toMatchObject({ refusal });
  });

  it('blocks a replacement if it belongs to this connection, and not if it belongs to another one', () => {
    const dead = row({ id: 'ca_2', status: 'EXPIRED' });
    expect(admissionOf([dead, row({ alias: 'work' })], { replaces: 'ca_2' })).toEqual(nothing);
    expect(admissionOf([dead, row()], { replaces: 'ca_2' }).refusal).toMatchObject({
      code: 'ERR_ALREADY_CONNECTED',
    });
  });

  it('that has replaced the dead one is returned for a reconnect link', () => {
    const replaced = row({ status: 'EXPIRED', alias: replacedAlias({ id: 'ca_1' }) });
    const now = row({ id: 'ca_2' });
    const link = { replaces: 'ca_1', onExisting: 'reuse' } as const;
    expect(admissionOf([replaced, now], link)).toEqual({ account: now, refusal: null });
    expect(admissionOf([row()], link).account).toEqual(row());
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
  ])('of %j is reused for a request with %j: %s', (sharing, asked, isReused) => {
    const admission = admissionOf([shared(sharing)], {
      ...reuse,
      ...(asked && { sharing: asked }),
    });
    expect(admission.refusal === null).toBe(isReused);
  });

  it('passes its sharing on to its replacement unless the request has other sharing', () => {
    const old = shared({ allowedUserIds: ['bob'] });
    expect(sharingFor([old], { replaces: 'ca_1' })).toEqual({ allowedUserIds: ['bob'] });
    expect(sharingFor([old], { replaces: 'ca_1', sharing: { allowAllUsers: true } })).toEqual({
      allowAllUsers: true,
    });
    expect(sharingFor([old], {})).toBeUndefined();
    expect(sharingFor([row()], { replaces: 'ca_1' })).toBeUndefined();
    // It has healed meanwhile: a reconnect link returns it, with any sharing.
    expect(admissionOf([old], { replaces: 'ca_1', onExisting: 'reuse' }).account).toEqual(old);
  });

  it('is never reused if the API does not report its sharing', () => {
    const untold = row({ accountType: 'SHARED' });
    const asked = { ...reuse, sharing: { allowAllUsers: true } };
    expect(admissionOf([untold], asked).refusal).toMatchObject({ code: 'ERR_ALREADY_CONNECTED' });
  });

  it('is no obstacle to the reuse of a PRIVATE account, which is open to fewer users', () => {
    const asked = { ...reuse, sharing: { allowAllUsers: true } };
    expect(admissionOf([row()], asked).account).toEqual(row());
  });
});
