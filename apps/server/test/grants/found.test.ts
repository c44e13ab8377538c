import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestPerson } from './support/person.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
  await sql`update grants.setting set grace_minutes = grace_minutes || '{"unassigned": 60}'`.execute(
    test.context.db,
  );
});
afterAll(async () => test[Symbol.asyncDispose]());

/** What somebody else has assigned, and no assignment wants any more since just now. */
async function unassigned(name: string, licenseType: 'device' | 'user') {
  const person = await TestPerson.with(test, name, 1);
  await person.assign([0], { licenseType });
  const { db } = test.context;
  await db
    .updateTable('grants.demand')
    .set({ granted: false, held: false, found: true })
    .where('assetId', '=', person.assetId)
    .execute();
  await person.unassign(0);
  await person.decide();
  return person;
}

describe.each(['device', 'user'] as const)('a %s license that others assigned', (licenseType) => {
  it('serves for the grace period that any other has, and the app goes after it', async () => {
    const person = await unassigned(`found${licenseType}`, licenseType);
    expect(await person.removed()).toEqual([]);
    expect(await person.organization.line(person.assetId)).toMatchObject([
      { found: true, wanted: true },
    ]);
    test.clock.advance(61 * 60_000);
    await person.decide();
    expect(await person.removed()).toEqual([0]);
    expect(await person.organization.line(person.assetId)).toEqual([]);
  });

  it('is gone within the grace period where they take it back, and so is the app', async () => {
    const person = await unassigned(`taken${licenseType}`, licenseType);
    expect(await person.removed()).toEqual([]);
    const { db } = test.context;
    await db
      .updateTable('library.license')
      .set({ present: false })
      .where('assetId', '=', person.assetId)
      .execute();
    await leaveNote(db, 'grants', 'stock', String(person.assetId));
    await person.decide();
    expect(await person.removed()).toEqual([0]);
    expect(await person.organization.line(person.assetId)).toEqual([]);
  });

  it('serves on where an assignment wants it again', async () => {
    const person = await unassigned(`again${licenseType}`, licenseType);
    await person.assign([0], { licenseType });
    test.clock.advance(61 * 60_000);
    await person.decide();
    expect(await person.organization.line(person.assetId)).toMatchObject([
      { found: true, wanted: true },
    ]);
    expect(await person.removed()).toEqual([]);
  });
});
