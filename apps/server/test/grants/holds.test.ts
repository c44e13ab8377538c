import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import {
  closeLocation,
  liftHoldsOf,
  lockStock,
  reopenLocation,
  revokeLicenses,
} from '../../src/grants/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { untilWaiting } from '../support/until-waiting.ts';

const admin = { kind: 'administrator', name: 'Ada' } as const;

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const reopen = async (uid: string): Promise<boolean> =>
  test.context.db
    .transaction()
    .execute(async (trx) => reopenLocation(test.context, trx, uid, admin));

it('saving assignments and reopening a location take the assets and the holds in one order', async () => {
  const { context } = test;
  const organization = new TestOrganization(context);
  const location = { uid: 'order', ...(await organization.location('order')) };
  const { appId, assetId } = await organization.app(location, 5);
  const group = await organization.group();
  const device = await organization.device('HOLDS00001');
  await organization.join(group, { deviceId: device.directoryId });
  await organization.assign(appId, group);
  await organization.decide();
  await revokeLicenses(context, { kind: 'asset', assetId }, 'test', admin);
  await context.db
    .insertInto('grants.closedLocation')
    .values({
      locationUid: 'order',
      reason: 'test',
      closedBy: 'Ada',
      closedAt: context.clock.now(),
    })
    .execute();

  await leaveNote(context.db, 'grants', 'app', appId);
  const { saved, reopened } = await context.db.transaction().execute(async (trx) => {
    await lockStock(trx, [assetId]);
    // The first to wait for the asset is the reopening: when it has it, saving must hold nothing that it needs.
    const reopening = reopen('order');
    await untilWaiting(test.context, 1);
    const saving = organization.decide();
    await untilWaiting(test.context, 2);
    return { saved: saving, reopened: reopening };
  });
  expect(await reopened).toBe(true);
  await saved;
  const { rows } = await sql`select from grants.hold`.execute(context.db);
  expect(rows).toEqual([]);
});

it('a hold in a closed location stays when assignments are saved or holds lifted, until it is opened again', async () => {
  const { context } = test;
  const organization = new TestOrganization(context);
  const location = { uid: 'closed', ...(await organization.location('closed')) };
  const { appId, assetId } = await organization.app(location, 5);
  const group = await organization.group();
  const device = await organization.device('HOLDS00002');
  await organization.join(group, { deviceId: device.directoryId });
  await organization.assign(appId, group);
  await organization.decide();
  await revokeLicenses(context, { kind: 'asset', assetId }, 'test', admin);
  await context.db
    .transaction()
    .execute(async (trx) => closeLocation(context, trx, 'closed', 'test', admin));
  const holds = async (): Promise<number> => {
    const { rows } = await sql`select from grants.hold where asset_id = ${assetId}`.execute(
      context.db,
    );
    return rows.length;
  };

  await leaveNote(context.db, 'grants', 'app', appId);
  await organization.decide();
  expect(await liftHoldsOf(context, { kind: 'asset', assetId }, admin)).toBe(0);
  expect(await holds()).toBe(1);
  await reopen('closed');
  expect(await holds()).toBe(0);
});
