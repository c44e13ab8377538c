import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeLocation, settlePairs } from '../../src/grants/index.ts';
import {
  bookHolders,
  deviceStatuses,
  expectedDevices,
  explainWhy,
  personLicenses,
} from '../../src/status/index.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

let test: TestContext;
let organization: TestOrganization;
let deviceId: string;
let personId: string;
let groupId: string;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
  groupId = await organization.group();
  personId = await organization.person('ann');
  const enrolled = await organization.device('CLOSED0001');
  ({ deviceId } = enrolled);
  await organization.device('CLOSED0002', { personId });
  const expected = await test.context.db
    .insertInto('directory.device')
    .values({ serialNumber: 'CLOSED0003', createdAt: test.clock.now() })
    .returning('id')
    .executeTakeFirstOrThrow();
  await organization.join(groupId, { deviceId: enrolled.directoryId });
  await organization.join(groupId, { deviceId: expected.id });
  await organization.join(groupId, { personId });
});
afterAll(async () => test[Symbol.asyncDispose]());

interface Titles {
  readonly byDevice: { readonly appId: string; readonly assetId: number };
  readonly byPerson: { readonly appId: string; readonly assetId: number };
  readonly book: { readonly appId: string; readonly assetId: number };
}

/** An app with device licenses, also ahead, one with user licenses, and a book, in a location of their own. */
async function titlesIn(uid: string): Promise<Titles> {
  const location = { uid, ...(await organization.location(uid)) };
  const byDevice = await organization.app(location, 9);
  const byPerson = await organization.app(location, 9);
  const book = await organization.app(location, 9, { productType: 'Book' });
  const settings = JSON.stringify({ licensesAhead: true });
  await organization.assignAs(byDevice.appId, { groupId, settings });
  await organization.assignAs(byPerson.appId, { groupId, licenseType: 'user' });
  await organization.assignAs(book.appId, { groupId, licenseType: 'user' });
  return { byDevice, byPerson, book };
}

interface Shown {
  readonly license: { readonly state: string };
  readonly reason: { readonly cause: string } | null;
}
const words = (one?: Shown): string => `${one?.license.state}: ${one?.reason?.cause}`;

/** What every list and the chain say: state and cause. */
async function said({ byDevice, byPerson, book }: Titles): Promise<Record<string, string>> {
  const { db } = test.context;
  const page = { top: 10, skip: 0 };
  const devices = await deviceStatuses(db, { appId: byDevice.appId });
  const people = await personLicenses(db, personId);
  const books = await bookHolders(db, book.assetId, page);
  const expected = await expectedDevices(db, byDevice.assetId, page);
  const chain = await explainWhy(test.context, {
    assetId: byDevice.assetId,
    deviceId,
    personId: null,
  });
  return {
    device: words(devices.value.find((one) => one.deviceId === deviceId)),
    person: words(people.find((one) => one.appId === byPerson.appId)),
    book: words(books.value[0]),
    expected: words(expected.value[0]),
    why: `waiting: ${chain.steps.find((step) => step.step === 'license')?.reason?.cause}`,
  };
}

const everywhere = (all: string): object => ({
  device: all,
  person: all,
  book: all,
  expected: all,
  why: all,
});

describe('where nothing is granted although licenses are free', () => {
  it('every list says with Why that a person has closed the location', async () => {
    const titles = await titlesIn('closed');
    await test.context.db
      .transaction()
      .execute(async (trx) =>
        closeLocation(test.context, trx, 'closed', 'we move', { kind: 'system', name: 'test' }),
      );
    await organization.decide();
    expect(await said(titles)).toEqual(
      everywhere('waiting: Nothing is granted in this location: we move'),
    );
  });

  it('every list says with Why that Apple had none left, and then the place in line', async () => {
    const titles = await titlesIn('empty');
    await organization.decide();
    const assetIds = Object.values(titles).map((title) => title.assetId);
    const { rows } = await sql<{ assetId: number; holderId: number }>`select asset_id, holder_id
      from grants.open_change where asset_id = any(${assetIds}::int[])`.execute(test.context.db);
    expect(rows.length).toBeGreaterThan(3);
    const refused = { kind: 'refused', number: 9709, message: 'Not enough assets' } as const;
    await test.context.db.transaction().execute(async (trx) =>
      settlePairs(
        test.context,
        trx,
        null,
        {
          assetIds: rows.map((row) => row.assetId),
          holderIds: rows.map((row) => row.holderId),
        },
        refused,
      ),
    );
    await organization.decide();
    expect(await said(titles)).toEqual(
      everywhere('waiting: Apple said that no license is left: Not enough assets'),
    );
    const { value } = await deviceStatuses(test.context.db, { appId: titles.byDevice.appId });
    expect(value[0]?.license.failure).toEqual({ number: 9709, message: 'Not enough assets' });

    test.clock.advance(1000);
    await sql`update library.asset set total = 0, available = 0, read_at = ${test.clock.now()}
      where id = any(${assetIds}::int[])`.execute(test.context.db);
    await sql`update grants.stock set reopen_at = ${test.clock.now()} where asset_id = any(${assetIds}::int[])`.execute(
      test.context.db,
    );
    await sql`insert into db.note (room, kind, key)
      select 'grants', 'stock', unnest(${assetIds}::int[])::text`.execute(test.context.db);
    await organization.decide();
    for (const one of Object.values(await said(titles)))
      expect(one).toMatch(/^waiting: No license is free; number \d in line\.$/);
  });
});
