import type { Asset, LocationClient } from '@allotment/apps-and-books';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNotes } from '../db/notes.ts';
import { retryingClashes } from './clashes.ts';
import { noteChangedStock } from './stock-notes.ts';

/**
 * Reads all titles of a location. After a clean walk those it did not show count as vanished. Grants is told of the
 * changes at the end of the walk through the assignments that follows: counts without holders would be half the truth.
 *
 * @param onPage told after each page was written
 */
export async function readAllAssets(
  context: Context,
  client: LocationClient,
  locationUid: string,
  onPage: (totalPages: number, rows: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const began = context.clock.now();
  const { clean, versionId } = await client.assets(
    {},
    async (page) => {
      const doubtful = await writeAssets(context, locationUid, page.rows, began);
      // The page may be the newer one after all: what a walk shows is as old as its begin or younger.
      await leaveNotes(
        context.db,
        'library',
        doubtful.map((id) => ({ kind: 'counts', key: String(id) })),
      );
      await onPage(page.totalPages, page.rows.length);
    },
    signal,
  );
  if (!clean) return;
  await context.db.transaction().execute(async (trx) => {
    await markVanished(trx, locationUid, began);
    await trx
      .updateTable('library.location')
      .set({ assetsVersion: versionId ?? null })
      .where('uid', '=', locationUid)
      .execute();
    await hint(trx, 'apps');
  });
}

/**
 * Reads the counts of single titles, and tells grants of them whether they changed or not: a title closed for lack of
 * licenses waits for this.
 */
export async function readCounts(
  context: Context,
  client: LocationClient,
  locationUid: string,
  assets: readonly {
    readonly id: number;
    readonly adamId: string;
    readonly pricingParam: string;
  }[],
  signal: AbortSignal,
): Promise<void> {
  if (assets.length === 0) return;
  for (const { adamId, pricingParam } of assets) {
    const began = context.clock.now();
    await client.assets(
      { adamId, pricingParam },
      async (page) => {
        await writeAssets(context, locationUid, page.rows, began);
      },
      signal,
    );
  }
  const mark = async (trx: Trx): Promise<void> => {
    await trx
      .updateTable('library.asset')
      .set({ unnoted: true })
      .where(
        'id',
        'in',
        assets.map((asset) => asset.id),
      )
      .execute();
    await noteChangedStock(trx, locationUid);
    await hint(trx, 'apps');
  };
  await retryingClashes(async () => context.db.transaction().execute(mark));
}

const described = [
  'product_type',
  'unlimited',
  'total',
  'assigned',
  'available',
  'retired',
  'device_assignable',
  'revocable',
  'supported_platforms',
];
const columns = sql.raw(['adam_id', 'pricing_param', ...described].join(', '));
/** SQL: what Apple says of the title `a`, and what it said in `r` or `excluded`. */
const said = (of: 'a' | 'r' | 'excluded') =>
  sql.raw(described.map((column) => `${of}.${column}`).join(', '));

/**
 * Writes titles; those that are new or changed are marked for grants. What was read later than this stays whole: a
 * reading of a single title overtakes a walk, and says all that a walk says.
 *
 * @param readAt when this reading began
 * @returns the ids of those that stayed though this reading says something else of them
 */
async function writeAssets(
  context: Context,
  locationUid: string,
  assets: readonly Asset[],
  readAt: Date,
): Promise<readonly number[]> {
  const json = JSON.stringify(
    assets.map((asset) => ({
      adam_id: asset.adamId,
      pricing_param: asset.pricingParam,
      product_type: asset.productType,
      unlimited: asset.unlimited,
      total: asset.totalCount ?? 0,
      assigned: asset.assignedCount,
      available: asset.availableCount ?? 0,
      retired: asset.retiredCount,
      device_assignable: asset.deviceAssignable,
      revocable: asset.revocable,
      supported_platforms: asset.supportedPlatforms,
    })),
  );
  const rows = sql`jsonb_populate_recordset(null::library.asset, ${json}::jsonb)`;
  const sameTitle = sql`a.location_uid = ${locationUid} and a.adam_id = r.adam_id and a.pricing_param = r.pricing_param`;
  const write = async (trx: Trx): Promise<readonly number[]> => {
    await noteChangedUse(trx, sql`${rows} r join library.asset a on ${sameTitle}`, readAt);
    await sql`insert into library.asset as a (location_uid, read_at, unnoted, ${columns})
    select distinct on (adam_id, pricing_param) ${locationUid}, ${readAt}::timestamptz, true, ${columns}
    from ${rows} order by adam_id, pricing_param
    on conflict (location_uid, adam_id, pricing_param) do update set
      (${sql.raw(described.join(', '))}) = row (${said('excluded')}), vanished_at = null, unnoted = true
    where a.read_at <= excluded.read_at
      and (${said('a')}, a.vanished_at) is distinct from (${said('excluded')}, null)`.execute(trx);
    await sql`update library.asset a set read_at = ${readAt}
    from ${rows} r where ${sameTitle} and a.read_at < ${readAt}`.execute(trx);
    const { rows: stayed } = await sql<{ id: number }>`select distinct a.id from ${rows} r
    join library.asset a on ${sameTitle}
    where a.read_at > ${readAt} and (${said('a')}) is distinct from (${said('r')})`.execute(trx);
    return stayed.map(({ id }) => id);
  };
  return retryingClashes(async () => context.db.transaction().execute(write));
}

/**
 * Has grants decide anew about known titles that are about to be licensed to devices, or to be for platforms, as they
 * were not before. Their counts come at the end of the walk as ever.
 *
 * @param pairs SQL: titles as they are written, `r`, with those that are known, `a`
 */
async function noteChangedUse(trx: Trx, pairs: RawBuilder<unknown>, readAt: Date): Promise<void> {
  await sql`insert into db.note (room, kind, key)
    select distinct 'grants', 'asset', a.id::text from ${pairs}
    where (a.device_assignable, a.supported_platforms) is distinct from (r.device_assignable, r.supported_platforms)
      and a.read_at <= ${readAt} and a.product_type <> 'Book'`.execute(trx);
}

async function markVanished(trx: Trx, locationUid: string, began: Date): Promise<void> {
  await trx
    .updateTable('library.asset')
    .set({ vanishedAt: began, unnoted: true })
    .where('locationUid', '=', locationUid)
    .where('readAt', '<', began)
    .where('vanishedAt', 'is', null)
    .execute();
}

/**
 * Makes the apps of each title under a token: one for macOS where it runs there, one for iOS where it runs on anything
 * else (L53), which share the licenses; a book is one of its own kind. Called only when the assignments were read, so that nothing is
 * granted before what others hold is known. A token that serves the location no more has no apps: they went to the one
 * that does.
 */
export async function ensureApps(
  context: Context,
  trx: Trx,
  tokenId: string,
  locationUid: string,
): Promise<void> {
  // Held, so that no other token comes to serve in between.
  const serving = await trx
    .selectFrom('library.token')
    .select('id')
    .where('id', '=', tokenId)
    .where('serving', '=', true)
    .forShare()
    .executeTakeFirst();
  if (serving === undefined) return;
  const now = context.clock.now();
  await sql`insert into library.app (token_id, asset_id, platform, created_at, modified_at)
    select t.id, a.id, runs.platform, ${now}::timestamptz, ${now}::timestamptz
    from library.asset a
    join library.token t on t.id = ${tokenId}
    join (values ('ios'), ('macos'), ('book')) as runs (platform)
      on case when a.product_type = 'Book' then runs.platform = 'book'
        when runs.platform = 'ios' then a.supported_platforms <> array['macOS']
        when runs.platform = 'macos' then 'macOS' = any(a.supported_platforms) end
    where a.location_uid = ${locationUid} and a.vanished_at is null
    on conflict do nothing`.execute(trx);
  await hint(trx, 'apps');
}
