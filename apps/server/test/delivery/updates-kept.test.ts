import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { type Mdm, openMdm } from '../devices/support/mdm.ts';
import { AssignedApp } from './support/assigned.ts';

const DAY = 24 * 60 * 60_000;

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

async function installed(): Promise<AssignedApp> {
  const app = await AssignedApp.open(mdm, { settings: { configuration: { server: 'a' } } });
  await app.session();
  expect(await app.tells()).toEqual([]);
  return app;
}

/** The license is the person's by now, and the app is kept on this device, whatever becomes of others. */
async function keptForPerson(app: AssignedApp, name: string): Promise<void> {
  const personId = await app.organization.person(name);
  await sql`with own as (
      insert into library.holder (kind, key, person_id) values ('person', ${name}, ${personId}) returning id
    ), placed as (
      insert into grants.placement (asset_id, device_id, holder_id, app_id, kept)
      select ${app.assetId}, ${app.deviceId}, id, ${app.appId}, true from own
    ), at_apple as (
      insert into associations.apple_user (location_uid, holder_id, person_id, due, state)
      select location_uid, own.id, ${personId}, false, 'associated' from library.asset, own where asset.id = ${app.assetId}
    )
    update grants.demand d set holder_id = own.id from own where d.asset_id = ${app.assetId}`.execute(
    mdm.context.db,
  );
}

async function keptNoMore({ assetId }: AssignedApp): Promise<void> {
  await sql`update grants.placement set kept = false where asset_id = ${assetId}`.execute(
    mdm.context.db,
  );
}

const updates = [expect.objectContaining({ RequestType: 'InstallApplication' }) as object];

describe('an app that is kept though nothing requires it [L 41] [L 42]', () => {
  it('is updated where it serves the assignment of another location', async () => {
    const app = await installed();
    await sql`update grants.demand set kept = true where asset_id = ${app.assetId}`.execute(
      mdm.context.db,
    );
    await app.publish();
    expect(await app.tells()).toEqual([]);
    expect(await app.task()).toMatchObject({ state: 'installed', reason: 'updateUnassigned' });
    const location = { uid: 'elsewhere', ...(await app.organization.location('elsewhere')) };
    const other = await app.organization.app(location, 5);
    await sql`insert into grants.demand (asset_id, holder_id, wanted, covered_by, since, changed_at)
      select ${other.assetId}, holder_id, true, asset_id, since, changed_at from grants.demand where asset_id = ${app.assetId}`.execute(
      mdm.context.db,
    );
    mdm.clock.advance(DAY);
    expect(await app.tells()).toEqual(updates);
  });

  it('is left as it is on one device of a person, and updated where it is kept no more', async () => {
    const app = await installed();
    await keptForPerson(app, 'keeper');
    await app.publish();
    expect(await app.tells()).toEqual([]);
    expect(await app.task()).toMatchObject({ state: 'installed', reason: 'updateUnassigned' });
    await keptNoMore(app);
    mdm.clock.advance(DAY);
    expect(await app.tells()).toEqual(updates);
  });

  it('is set up as it was on one device of a person, until it is kept no more', async () => {
    const app = await installed();
    await keptForPerson(app, 'configured');
    const configure = async (server: string): Promise<void> => {
      const settings = JSON.stringify({ configuration: { server } });
      await sql`update assignments.assignment set settings = ${settings} where app_id = ${app.appId}`.execute(
        mdm.context.db,
      );
      await leaveNote(mdm.context.db, 'delivery', 'settings', app.appId);
    };
    await configure('b');
    expect(await app.tells()).toEqual([]);
    await keptNoMore(app);
    await configure('c');
    expect(await app.tells()).toMatchObject([{ RequestType: 'Settings' }]);
  });
});
