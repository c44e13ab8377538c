import { catalogBatch, type Title } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { hint } from '../db/hints.ts';

/** Where titles are looked up. */
export interface Storefront {
  readonly locationUid: string;
  /** Two letters. */
  readonly country: string;
  /** `enterprisestore` or `volumestore`; undefined when Apple did not say. */
  readonly platform: string | undefined;
  readonly sToken: string;
}

const macStore = 'macappstore';

/**
 * Looks up the names, versions and icons of a location's titles in the store of a country (behaviors 13 and 34). A
 * title the store does not show keeps what was known of it; one never seen stands under its Adam ID.
 *
 * @throws AppsAndBooksError; what was read before stays
 */
export async function readCatalog(
  context: Context,
  storefront: Storefront,
  signal: AbortSignal,
): Promise<void> {
  const assets = await context.db
    .selectFrom('library.asset')
    .select(['adamId', 'supportedPlatforms'])
    .distinctOn('adamId')
    .where('locationUid', '=', storefront.locationUid)
    .where('vanishedAt', 'is', null)
    .orderBy('adamId')
    .execute();
  const platform = storefront.platform ?? 'enterprisestore';
  const groups = [
    { platform, adamIds: assets.filter((one) => !isMacOnly(one.supportedPlatforms)) },
    { platform: macStore, adamIds: assets.filter((one) => isMacOnly(one.supportedPlatforms)) },
  ];
  const batches = groups.flatMap((group) =>
    inBatches(group.adamIds.map((one) => one.adamId)).map((adamIds) => ({
      platform: group.platform,
      adamIds,
    })),
  );
  for (const batch of batches) {
    const { country, sToken } = storefront;
    const found = await context.apple.catalog.lookup({ ...batch, country, sToken }, signal);
    await writeTitles(context, storefront.locationUid, [...found.values()]);
    await nameUnknown(context, storefront.locationUid, batch.adamIds);
  }
}

function isMacOnly(platforms: readonly string[]): boolean {
  return platforms.length === 1 && platforms[0] === 'macOS';
}

function inBatches(adamIds: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (let at = 0; at < adamIds.length; at += catalogBatch) {
    batches.push(adamIds.slice(at, at + catalogBatch));
  }
  return batches;
}

const described = [
  'name',
  'artist_name',
  'bundle_id',
  'version',
  'external_version_id',
  'minimum_os_version',
  'device_families',
  'genres',
  'price',
  'is_custom_app',
  'store_url',
  'kind',
  'description',
  'icon_url',
];

/**
 * A new icon address empties the stored icon, so that it is fetched again. Grants decides anew about a title that can be
 * used on other devices than before: the query reads the titles as they were before the statement.
 */
async function writeTitles(
  context: Context,
  locationUid: string,
  titles: readonly Title[],
): Promise<void> {
  const json = JSON.stringify(
    titles.map((title) => ({
      adam_id: title.adamId,
      name: title.name ?? title.adamId,
      artist_name: title.artistName,
      bundle_id: title.bundleId,
      version: title.version,
      external_version_id: title.externalVersionId,
      minimum_os_version: title.minimumOsVersion,
      device_families: title.deviceFamilies,
      genres: title.genres,
      price: title.price,
      is_custom_app: title.isCustomApp,
      store_url: title.storeUrl,
      kind: title.kind,
      description: title.description,
      icon_url: title.iconUrl,
    })),
  );
  const columns = sql.raw(['adam_id', ...described].join(', '));
  const changes = sql.raw(
    [...described, 'found', 'fetched_at'].map((name) => `${name} = excluded.${name}`).join(', '),
  );
  await context.db.transaction().execute(async (trx) => {
    await sql`with written as (
        insert into library.title as t (location_uid, found, fetched_at, ${columns})
        select ${locationUid}, true, ${context.clock.now()}::timestamptz, ${columns}
        from jsonb_populate_recordset(null::library.title, ${json}::jsonb)
        on conflict (location_uid, adam_id) do update set ${changes},
          icon = case when t.icon_url is distinct from excluded.icon_url then null else t.icon end,
          icon_tried_at = case when t.icon_url is distinct from excluded.icon_url then null else t.icon_tried_at end
        returning t.adam_id, t.minimum_os_version, t.device_families)
      insert into db.note (room, kind, key)
      select 'grants', 'asset', a.id::text from written
      join library.asset a on a.location_uid = ${locationUid} and a.adam_id = written.adam_id and a.product_type <> 'Book'
      left join library.title before on before.location_uid = a.location_uid and before.adam_id = a.adam_id
      where (before.minimum_os_version, coalesce(before.device_families, '{}'))
        is distinct from (written.minimum_os_version, written.device_families)
      order by a.id`.execute(trx);
    await hint(trx, 'apps');
  });
}

async function nameUnknown(
  context: Context,
  locationUid: string,
  adamIds: readonly string[],
): Promise<void> {
  await sql`insert into library.title (location_uid, adam_id, name, found, fetched_at)
    select ${locationUid}, adam_id, adam_id, false, ${context.clock.now()}::timestamptz
    from unnest(${adamIds}::text[]) as r (adam_id)
    on conflict do nothing`.execute(context.db);
}
