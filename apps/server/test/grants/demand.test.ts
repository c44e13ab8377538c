import { type Organization, anOrganization, naiveDemand } from '@allotment/licensing/testing';
import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideMany } from '../../src/grants/pass.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestClock } from '../support/test-clock.ts';
import { WrittenOrganization } from '../support/random-organization.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

/** Time stands still. */
class StoppedClock extends TestClock {
  readonly #at: Date;

  constructor(at: Date) {
    super();
    this.#at = at;
  }

  override now(): Date {
    return this.#at;
  }
}

/** What SQL makes of an organization, in its words. */
async function demandOf(written: WrittenOrganization, now: Date) {
  const context = { ...test.context, clock: new StoppedClock(now) };
  const { db } = context;
  await db
    .transaction()
    .execute(async (trx) =>
      decideMany(context, trx, { assetIds: written.assetIds, groupId: null }),
    );
  const rows = await db.selectFrom('grants.demand').selectAll().execute();
  const placements = await sql<{
    assetId: number;
    deviceId: string;
    holderId: number;
    refused: boolean;
    ahead: boolean;
    kept: boolean;
  }>`select asset_id, device_id, holder_id, refused is not null as refused, ahead, kept from grants.placement where not leaving`.execute(
    db,
  );
  const pair = (row: { assetId: number; holderId: number }): string =>
    `${written.nameOfAsset(row.assetId)} ${written.nameOfHolder(row.holderId)}`;
  const graceOf = (row: (typeof rows)[number]): string =>
    `${pair(row)} until ${row.endsAt?.toISOString()}`;
  const takenBack = await sql<{ assetId: number; holderId: number }>`
    select c.asset_id, c.holder_id from grants.open_change c join library.asset a on a.id = c.asset_id
    where c.op = 'disassociate' and not a.revocable`.execute(db);
  return {
    wanted: sorted(rows.filter((row) => row.wanted).map(pair)),
    until: rows.filter((row) => row.wanted && row.endsAt !== null).map(graceOf),
    booksTakenBack: takenBack.rows.map(pair),
    covered: sorted(
      rows.flatMap((row) =>
        row.coveredBy === null ? [] : [`${pair(row)} by ${written.nameOfAsset(row.coveredBy)}`],
      ),
    ),
    uninstalls: sorted(
      rows
        .filter((row) => row.uninstall && written.nameOfHolder(row.holderId).startsWith('device:'))
        .map(pair),
    ),
    placements: sorted(
      placements.rows.map(
        (row) => `${pair(row)} on ${written.nameOf(row.deviceId)}${wordsOf(row)}`,
      ),
    ),
  };
}

/** The same as the naive rule has it. */
function naively(organization: Organization) {
  const { wanted, covered, uninstalls, placements } = naiveDemand(organization);
  return {
    wanted: sorted(wanted.map((one) => `${one.assetId} ${one.holder}`)),
    until: wanted
      .filter((one) => one.until !== null)
      .map((one) => `${one.assetId} ${one.holder} until ${one.until?.toISOString()}`),
    booksTakenBack: [],
    covered: sorted(covered.map((one) => `${one.assetId} ${one.holder} by ${one.by}`)),
    // Nothing is removed from a device while its license stays, for whatever reason (Law 1).
    uninstalls: sorted(uninstalls.map((one) => `${one.assetId} device:${one.deviceId}`)).filter(
      (pair) => !wanted.some((one) => `${one.assetId} ${one.holder}` === pair),
    ),
    placements: sorted(
      placements.map(
        (one) => `${one.assetId} person:${one.personId} on ${one.deviceId}${wordsOf(one)}`,
      ),
    ),
  };
}

const wordsOf = (placement: Readonly<Record<'refused' | 'ahead' | 'kept', boolean>>): string =>
  (['refused', 'ahead', 'kept'] as const)
    .filter((word) => placement[word])
    .map((word) => ` ${word}`)
    .join('');

const sorted = (names: readonly string[]): string[] => names.toSorted((a, b) => a.localeCompare(b));

describe('demand in SQL', () => {
  it('is that of the naive rule, in random organizations with a past, and takes no book back [L 19] [L 38] [L 39a]', async () => {
    await fc.assert(
      fc.asyncProperty(anOrganization(), async (organization) => {
        const { until, ...rule } = naively(organization);
        const written = await WrittenOrganization.write(test.context, organization);
        const { until: untilInSql, ...real } = await demandOf(written, organization.now);
        expect(real).toEqual(rule);
        // What stays for another reason, as books do, may have the end of an earlier one.
        expect(untilInSql).toEqual(expect.arrayContaining(until));
      }),
      { numRuns: 40 },
    );
  }, 180_000);

  it('comes to the same when it is decided again, where no license ended and made room for one of the other type [L 19]', async () => {
    await fc.assert(
      fc.asyncProperty(anOrganization(), async (organization) => {
        fc.pre(naiveDemand(organization).ended.length === 0);
        const written = await WrittenOrganization.write(test.context, organization);
        const first = await demandOf(written, organization.now);
        expect(await demandOf(written, organization.now)).toEqual(first);
      }),
      { numRuns: 20 },
    );
  }, 180_000);
});
