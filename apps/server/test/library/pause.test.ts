import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countries,
  credentialFor,
  pauseLocation,
  resumeLocation,
} from '../../src/library/index.ts';
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

async function paused() {
  return test.context.db
    .selectFrom('library.location')
    .select(['pausedAt', 'pausedBy', 'pausedReason'])
    .where('uid', '=', uid)
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
