import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/** One app under one token with its licenses and installs (behaviors 1, 2, 49). Counts are of the asset. */
export interface AppSummary {
  readonly id: string;
  readonly assetId: number;
  readonly tokenId: string;
  readonly tokenName: string;
  readonly tokenAppleId: string;
  readonly tokenAccountType: string;
  readonly organizationName: string;
  readonly locationUid: string;
  readonly platform: 'ios' | 'macos';
  readonly adamId: string;
  readonly pricingParam: string;
  readonly name: string;
  readonly artistName: string | null;
  readonly bundleId: string | null;
  readonly version: string | null;
  readonly minimumOsVersion: string | null;
  readonly deviceFamilies: readonly string[];
  readonly genres: readonly string[];
  readonly description: string | null;
  readonly price: string | null;
  readonly storeUrl: string | null;
  readonly isCustomApp: boolean;
  readonly hasIcon: boolean;
  readonly deviceAssignable: boolean;
  readonly revocable: boolean;
  readonly unlimited: boolean;
  /** Licenses owned; null when unlimited. */
  readonly owned: number | null;
  /** Ours, confirmed by Apple. */
  readonly held: number;
  /** Ours, taken but not yet confirmed, or on their way back. */
  readonly changing: number;
  /** Wanted pairs that Apple already showed: satisfied without a seat of ours. */
  readonly found: number;
  readonly waiting: number;
  /** Assigned at Apple, but not ours. */
  readonly foreign: number;
  /** Seats that can be granted now; null when unlimited. */
  readonly available: number | null;
  readonly installed: number;
  readonly failed: number;
  readonly pending: number;
  readonly assignedGroups: number;
  readonly vanishedAt: Date | null;
  /** Why nothing more is granted now, in Apple's words. */
  readonly closedReason: string | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface AppQuery {
  readonly ids?: readonly string[];
  readonly tokenId?: string;
  /** Text in the name, the publisher or the bundle id. */
  readonly search?: string;
  readonly top?: number;
  readonly skip?: number;
}

/** The apps of all tokens, by name, with the number that match in all. */
export async function appSummaries(
  db: Database,
  query: AppQuery = {},
): Promise<{ readonly count: number; readonly value: readonly AppSummary[] }> {
  const pattern =
    query.search === undefined ? null : `%${query.search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const { rows } = await sql<AppSummary & { count: number }>`
    with page as (
      select app.id, app.asset_id, app.token_id, app.platform, app.created_at, app.modified_at, coalesce(t.name, a.adam_id) as name,
        count(*) over () as count
      from library.app app
      join library.asset a on a.id = app.asset_id
      left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
      where (${query.ids ?? null}::uuid[] is null or app.id = any(${query.ids ?? null}::uuid[]))
        and (${query.tokenId ?? null}::uuid is null or app.token_id = ${query.tokenId ?? null}::uuid)
        and (${pattern}::text is null or coalesce(t.name, a.adam_id) ilike ${pattern} or t.artist_name ilike ${pattern} or t.bundle_id ilike ${pattern})
      order by lower(coalesce(t.name, a.adam_id)), app.id
      limit ${query.top ?? null}::int offset ${query.skip ?? 0}::int
    ), seats as (
      select asset_id,
        count(*) filter (where held and wanted)::int as held,
        count(*) filter (where granted and not (held and wanted))::int as changing,
        count(*) filter (where found)::int as found,
        count(*) filter (where wanted and not granted and not found)::int as waiting,
        count(*) filter (where wanted and (granted or found))::int as served
      from grants.demand where asset_id in (select asset_id from page) group by asset_id
    ), installs as (
      select asset_id, count(*) filter (where state = 'installed')::int as installed, count(*) filter (where state = 'failed')::int as failed
      from delivery.task where asset_id in (select asset_id from page) group by asset_id
    )
    select page.count, page.id, page.asset_id, page.platform, page.name, page.created_at, page.modified_at,
      k.id as token_id, k.display_name as token_name, k.apple_id as token_apple_id, k.account_type as token_account_type,
      k.organization_name, k.location_uid,
      a.adam_id, a.pricing_param, a.device_assignable, a.revocable, a.unlimited, a.vanished_at,
      t.artist_name, t.bundle_id, t.version, t.minimum_os_version, coalesce(t.device_families, '{}') as device_families,
      coalesce(t.genres, '{}') as genres, t.description, t.price, t.store_url, coalesce(t.is_custom_app, false) as is_custom_app,
      t.icon is not null as has_icon,
      case when a.unlimited then null else a.total end as owned,
      coalesce(seats.held, 0) as held, coalesce(seats.changing, 0) as changing, coalesce(seats.found, 0) as found,
      coalesce(seats.waiting, 0) as waiting,
      coalesce(s.foreign_held, a.assigned) as foreign,
      case when a.unlimited then null else greatest(0, a.total - coalesce(s.foreign_held, a.assigned) - coalesce(s.taken, 0)) end as available,
      coalesce(installs.installed, 0) as installed,
      coalesce(installs.failed, 0) + coalesce(seats.waiting, 0) as failed,
      greatest(0, coalesce(seats.served, 0) - coalesce(installs.installed, 0) - coalesce(installs.failed, 0)) as pending,
      (select count(*)::int from assignments.assignment where app_id = page.id) as assigned_groups,
      s.closed_reason
    from page
    join library.asset a on a.id = page.asset_id
    join library.token k on k.id = page.token_id
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    left join grants.stock s on s.asset_id = a.id
    left join seats on seats.asset_id = a.id
    left join installs on installs.asset_id = a.id
    order by lower(page.name), page.id`.execute(db);
  return { count: rows[0]?.count ?? 0, value: rows.map(({ count: _count, ...row }) => row) };
}
