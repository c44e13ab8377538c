import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { keepAsHistory } from '../../src/grants/index.ts';
import { forgetToken } from '../../src/library/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestPerson } from './support/person.ts';

const weekMs = 7 * 24 * 60 * 60_000;
const admin = { kind: 'administrator', name: 'Ada' } as const;

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

/** A license whose token was deleted, and the app of the token that the location has now. */
async function history(name: string, licenseType: 'device' | 'user') {
  const { context } = test;
  const { db } = context;
  const person = await TestPerson.with(test, name, 1);
  await person.assign([0], { licenseType, settings: JSON.stringify({ onUnassign: 'reclaim' }) });
  const { tokenId } = await db
    .selectFrom('library.app')
    .select('tokenId')
    .where('id', '=', person.appId)
    .executeTakeFirstOrThrow();
  const { id: _, ...token } = await db
    .selectFrom('library.token')
    .selectAll()
    .where('id', '=', tokenId)
    .executeTakeFirstOrThrow();
  await db.transaction().execute(async (trx) => {
    await forgetToken(context, trx, tokenId, admin);
    await keepAsHistory(context, trx, name);
  });
  const uploaded = await db
    .insertInto('library.token')
    .values(token)
    .returning('id')
    .executeTakeFirstOrThrow();
  const at = test.clock.now();
  const app = await db
    .insertInto('library.app')
    .values({
      tokenId: uploaded.id,
      assetId: person.assetId,
      platform: 'ios',
      createdAt: at,
      modifiedAt: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const decide = async (): Promise<void> => {
    await leaveNote(db, 'grants', 'asset', String(person.assetId));
    await person.decide();
  };
  await decide();
  /** The one license there is, of the device or of the person. */
  const license = async () =>
    db
      .selectFrom('grants.demand as d')
      .innerJoin('library.holder as h', 'h.id', 'd.holderId')
      .select(['d.wanted', 'd.granted', 'd.kept', 'd.endReason', 'd.endsAt', 'd.changedAt'])
      .where('d.assetId', '=', person.assetId)
      .where('h.kind', '=', licenseType === 'user' ? 'person' : 'device')
      .executeTakeFirst();
  expect(await license()).toMatchObject({ wanted: true, kept: true, endReason: null });
  return { person, appId: app.id, license, decide, ...person.device(0) };
}

describe('a license of a token that was deleted, when the location has another [L 31]', () => {
  it.each(['device', 'user'] as const)(
    'goes back by Uninstall of the new app, and the app after it (%s license) [brief 61]',
    async (licenseType) => {
      const { person, appId, groupId, license } = await history(`gone${licenseType}`, licenseType);
      await person.organization.assignAs(appId, { groupId, intent: 'uninstall' });
      await person.decide();
      expect(await license()).toMatchObject({ wanted: false, granted: true });
      expect(await person.removed()).toEqual([]);
      await person.confirm();
      expect(await person.removed()).toEqual([0]);
    },
  );

  it('goes back when its device is deleted, after the grace period', async () => {
    const { deviceId, license, decide } = await history('deleted', 'device');
    await test.context.db.deleteFrom('devices.device').where('id', '=', deviceId).execute();
    await decide();
    expect(await license()).toMatchObject({ wanted: true, endReason: 'deviceDeleted' });
    test.clock.advance(weekMs + 60_000);
    await decide();
    expect(await license()).toMatchObject({ wanted: false, granted: true });
  });

  it('goes back when its person leaves the organization [brief 63]', async () => {
    const { person, license, decide } = await history('leaver', 'user');
    await test.context.db
      .updateTable('directory.person')
      .set({ deletedAt: test.clock.now() })
      .where('id', '=', person.personId)
      .execute();
    await decide();
    expect(await license()).toMatchObject({ wanted: false, endReason: 'leftOrganization' });
  });

  it('stays for good where its device left and came back within the grace period', async () => {
    const { person, deviceId, license, decide } = await history('returned', 'device');
    await person.leaves(0, 'retired');
    expect(await license()).toMatchObject({ wanted: true, endReason: 'deviceRetired' });
    await test.context.db
      .updateTable('devices.device')
      .set({ managementState: 'managed' })
      .where('id', '=', deviceId)
      .execute();
    await decide();
    const stays = await license();
    expect(stays).toMatchObject({ wanted: true, kept: true, endReason: null, endsAt: null });
    test.clock.advance(weekMs + 60_000);
    await decide();
    expect(await license()).toEqual(stays);
  });
});
