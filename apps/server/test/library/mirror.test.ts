import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Assignment } from '@allotment/apps-and-books';
import { ensureHolders, recordSettled } from '../../src/library/index.ts';
import { type MirrorWalk, walkMirror } from '../../src/library/mirror-walk.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';
import { holdersOf } from './support/library.ts';

let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

let made = 0;

/** A location with one title. */
async function title() {
  made += 1;
  const uid = `uid-${made}`;
  const { tokenId } = await organization.location(uid);
  const { assetId } = await organization.app({ uid, tokenId }, 100);
  const { adamId } = await test.context.db
    .selectFrom('library.asset')
    .select('adamId')
    .where('id', '=', assetId)
    .executeTakeFirstOrThrow();
  const row = (serialNumber: string): Assignment => ({
    adamId,
    pricingParam: 'STDQ',
    serialNumber,
  });
  const person = (clientUserId: string): Assignment => ({
    adamId,
    pricingParam: 'STDQ',
    clientUserId,
  });
  const walk = async (act: (mirror: MirrorWalk) => Promise<void>): Promise<void> =>
    walkMirror(test.context, { locationUid: uid }, act);
  return { uid, assetId, row, person, walk };
}

async function settle(assetId: number, serialNumber: string, present: boolean): Promise<void> {
  await test.context.db.transaction().execute(async (trx) => {
    const holders = await ensureHolders(trx, 'device', [serialNumber]);
    const [holderId] = holders.values();
    await recordSettled(
      sql`select ${assetId}::int as asset_id, ${holderId}::int as holder_id, ${present}::bool as present`,
    ).execute(trx);
  });
}

/** The stock notes for an asset, taken away. */
async function notesOf(assetId: number): Promise<number> {
  const gone = await test.context.db
    .deleteFrom('db.note')
    .where('room', '=', 'grants')
    .where('kind', '=', 'stock')
    .where('key', '=', String(assetId))
    .executeTakeFirst();
  return Number(gone.numDeletedRows);
}

describe('walkMirror', () => {
  it('keeps what is seen and drops what a clean walk does not show', async () => {
    const { assetId, row, walk } = await title();
    await walk(async (mirror) => {
      await mirror.write(0, [row('A'), row('B')]);
      await mirror.finishClean();
    });
    expect(await holdersOf(test.context, assetId)).toEqual(['A', 'B']);
    await walk(async (mirror) => {
      await mirror.write(0, [row('B')]);
      await mirror.write(0, [row('C'), row('C')]);
      await mirror.finishClean();
    });
    expect(await holdersOf(test.context, assetId)).toEqual(['B', 'C']);
  });

  it('drops nothing when it was not clean', async () => {
    const { assetId, row, walk } = await title();
    await walk(async (mirror) => mirror.write(0, [row('A'), row('B')]));
    await walk(async (mirror) => mirror.write(0, [row('B'), row('C')]));
    expect(await holdersOf(test.context, assetId)).toEqual(['A', 'B', 'C']);
  });

  it('starts over with another attempt', async () => {
    const { assetId, row, person, walk } = await title();
    await walk(async (mirror) => {
      await mirror.write(0, [row('A'), person('p-1')]);
      await mirror.write(1, [row('B'), person('p-1')]);
      await mirror.finishClean();
    });
    // A was written while the first attempt ran, so the second may not drop it: the next walk does.
    expect(await holdersOf(test.context, assetId)).toEqual(['A', 'B']);
    const asset = await test.context.db
      .selectFrom('library.asset')
      .select('foreignPeople')
      .where('id', '=', assetId)
      .executeTakeFirstOrThrow();
    expect(asset.foreignPeople).toBe(1);
  });

  it('knows less than what was settled after it began', async () => {
    const { assetId, row, walk } = await title();
    await settle(assetId, 'RETURNED', true);
    await walk(async (mirror) => {
      await settle(assetId, 'RETURNED', false);
      await settle(assetId, 'GRANTED', true);
      await mirror.write(0, [row('RETURNED')]);
      await mirror.finishClean();
    });
    expect(await holdersOf(test.context, assetId)).toEqual(['GRANTED']);
  });

  it('believes Apple again in the next walk', async () => {
    const { assetId, row, walk } = await title();
    await settle(assetId, 'TAKEN', false);
    await settle(assetId, 'LOST', true);
    await walk(async (mirror) => {
      await mirror.write(0, [row('TAKEN')]);
      await mirror.finishClean();
    });
    expect(await holdersOf(test.context, assetId)).toEqual(['TAKEN']);
  });

  it('tells grants once, and only of what changed', async () => {
    const { assetId, row, walk } = await title();
    const twoPages = async (mirror: MirrorWalk): Promise<void> => {
      await mirror.write(0, [row('A')]);
      await mirror.write(0, [row('B')]);
      await mirror.finishClean();
    };
    await notesOf(assetId);
    await walk(twoPages);
    expect(await notesOf(assetId)).toBe(1);
    await walk(twoPages);
    expect(await notesOf(assetId)).toBe(0);
  });

  it('tells grants also when it breaks off', async () => {
    const { assetId, row, walk } = await title();
    await notesOf(assetId);
    const broken = walk(async (mirror) => {
      await mirror.write(0, [row('A')]);
      throw new Error('Apple hung up');
    });
    await expect(broken).rejects.toThrow('Apple hung up');
    expect(await notesOf(assetId)).toBe(1);
  });

  it('ends with what Apple showed last, whatever was settled before', async () => {
    const serials = fc.uniqueArray(fc.constantFrom('S1', 'S2', 'S3', 'S4', 'S5'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('S1', 'S2', 'S3'), fc.boolean()), { maxLength: 4 }),
        fc.array(serials, { minLength: 1, maxLength: 3 }),
        async (settled, walks) => {
          const { assetId, row, walk } = await title();
          for (const [serial, present] of settled) await settle(assetId, serial, present);
          for (const shown of walks) {
            await walk(async (mirror) => {
              await mirror.write(0, shown.map(row));
              await mirror.finishClean();
            });
          }
          expect(await holdersOf(test.context, assetId)).toEqual((walks.at(-1) ?? []).toSorted());
        },
      ),
      { numRuns: 25 },
    );
  });

  it('lets settling and walking meet on the same pairs', async () => {
    const { assetId, row, walk } = await title();
    const serials = Array.from({ length: 40 }, (_, index) => `M${index}`);
    const settling = serials.map(async (serial) => settle(assetId, serial, true));
    await Promise.all([
      ...settling,
      walk(async (mirror) => {
        await mirror.write(0, serials.map(row));
        await mirror.write(0, serials.toReversed().map(row));
      }),
    ]);
    expect(await holdersOf(test.context, assetId)).toEqual(serials.toSorted());
  });
});
