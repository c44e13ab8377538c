import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countries,
  credentialFor,
  forgetToken,
  pauseLocation,
  resumeLocation,
} from '../../src/library/index.ts';
import { cancelOperation, deleteToken } from '../../src/operations/index.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { administrator } from './support/library.ts';

let test: TestContext;
const uid = '2049000000000001';

beforeAll(async () => {
  test = await openTestContext();
  await new TestOrganization(test.context).location(uid);
});
afterAll(async () => test[Symbol.asyncDispose]());

async function paused(at = uid) {
  return test.context.db
    .selectFrom('library.location')
    .select(['pausedAt', 'pausedBy', 'pausedReason'])
    .where('uid', '=', at)
    .executeTakeFirstOrThrow();
}

describe('pauseLocation', () => {
  it('records who paused and why, keeps the first reason, and is undone by a person', async () => {
    await pauseLocation(test.context, uid, 'moving schools', administrator);
    await pauseLocation(test.context, uid, 'again', administrator);
    expect(await paused()).toMatchObject({ pausedBy: 'Ada', pausedReason: 'moving schools' });
    await resumeLocation(test.context, uid, 'moved', administrator);
    expect(await paused()).toEqual({ pausedAt: null, pausedBy: null, pausedReason: null });
    const entries = await test.context.db
      .selectFrom('audit.entry')
      .select(['action', 'reason'])
      .where('targetId', '=', uid)
      .orderBy('id')
      .execute();
    expect(entries).toEqual([
      { action: 'pauseLocation', reason: 'moving schools' },
      { action: 'pauseLocation', reason: 'again' },
      { action: 'resumeLocation', reason: 'moved' },
    ]);
  });

  it('asks for a reason and for a location', async () => {
    await expect(pauseLocation(test.context, uid, ' ', administrator)).rejects.toMatchObject({
      field: 'reason',
    });
    await expect(pauseLocation(test.context, '7', 'x', administrator)).rejects.toMatchObject({
      code: 'locationNotFound',
    });
  });
});

/** A location of which the token is being deleted, after what happens to it before. */
async function deleting(at: string, before?: () => Promise<void>) {
  const { context } = test;
  const { tokenId } = await new TestOrganization(context).location(at);
  await before?.();
  const id = await deleteToken(context, tokenId, { reason: 'not needed' }, administrator);
  return { tokenId, cancel: async () => cancelOperation(context, id ?? '', administrator) };
}

describe('a pause by a person and a deletion of the token', () => {
  it('leave the location paused when the deletion is canceled, until a person resumes it', async () => {
    const at = '2049000000000002';
    const { cancel } = await deleting(at);
    await pauseLocation(test.context, at, 'moving schools', administrator);
    await pauseLocation(test.context, at, 'again', administrator);
    expect(await paused(at)).toMatchObject({ pausedReason: 'moving schools' });
    await expect(resumeLocation(test.context, at, 'x', administrator)).rejects.toMatchObject({
      code: 'beingDeleted',
    });
    await cancel();
    expect(await paused(at)).toMatchObject({ pausedBy: 'Ada', pausedReason: 'moving schools' });
    await resumeLocation(test.context, at, 'moved', administrator);
    expect(await paused(at)).toEqual({ pausedAt: null, pausedBy: null, pausedReason: null });
  });

  it('do the same in the other order: nothing is resumed while the token is being deleted', async () => {
    const at = '2049000000000003';
    const { cancel } = await deleting(at, async () =>
      pauseLocation(test.context, at, 'moving schools', administrator),
    );
    expect(await paused(at)).toMatchObject({ pausedReason: 'moving schools' });
    await expect(resumeLocation(test.context, at, 'x', administrator)).rejects.toMatchObject({
      code: 'beingDeleted',
    });
    await cancel();
    expect(await paused(at)).toMatchObject({ pausedReason: 'moving schools' });
    await resumeLocation(test.context, at, 'moved', administrator);
    expect(await paused(at)).toMatchObject({ pausedAt: null });
  });

  it('leave nothing paused where only the deletion did', async () => {
    const at = '2049000000000004';
    const { cancel } = await deleting(at);
    expect(await paused(at)).toMatchObject({ pausedReason: expect.stringContaining('deleted') });
    await cancel();
    expect(await paused(at)).toEqual({ pausedAt: null, pausedBy: null, pausedReason: null });
  });

  it('leave the location paused when the token is gone', async () => {
    const at = '2049000000000005';
    const { context } = test;
    const { tokenId } = await deleting(at);
    await pauseLocation(context, at, 'moving schools', administrator);
    await context.db
      .transaction()
      .execute(async (trx) => forgetToken(context, trx, tokenId, administrator));
    expect(await paused(at)).toMatchObject({ pausedReason: 'moving schools' });
    await resumeLocation(context, at, 'moved', administrator);
    expect(await paused(at)).toMatchObject({ pausedAt: null });
  });
});

describe('credentialFor', () => {
  it.each([
    ['notChecked', { state: 'unknown' }, { ownerState: 'ours' }],
    ['notChecked', { state: 'valid' }, { ownerState: 'unknown' }],
    ['invalid', { state: 'invalid' }, { ownerState: 'ours' }],
    ['expired', { state: 'expired' }, { ownerState: 'ours' }],
    ['expired', { state: 'valid', expiresAt: new Date('2020-01-01') }, { ownerState: 'ours' }],
    ['foreignOwner', { state: 'valid' }, { ownerState: 'other' }],
  ] as const)('says %s', async (reason, token, location) => {
    const { db } = test.context;
    const expiresAt = new Date('2099-01-01');
    await db
      .updateTable('library.token')
      .set({ expiresAt, ...token })
      .execute();
    await db.updateTable('library.location').set(location).execute();
    expect(await credentialFor(test.context, uid)).toEqual({ usable: false, reason });
  });

  it('says noToken for a location without one', async () => {
    expect(await credentialFor(test.context, '7')).toEqual({ usable: false, reason: 'noToken' });
  });
});

describe('countries', () => {
  it('are the stores there are, named and in order', () => {
    const all = countries();
    expect(all.length).toBeGreaterThan(170);
    expect(all[0]).toEqual({ code: 'AF', name: 'Afghanistan' });
    expect(new Set(all.map((country) => country.code)).size).toBe(all.length);
    expect(all.every(({ code, name }) => name !== code)).toBe(true);
  });
});
