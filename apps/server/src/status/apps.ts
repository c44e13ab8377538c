import type { InstallView } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { seats, waits } from '../grants/index.ts';
import { type PairFacts, installStateOf, taskState } from './facts.ts';
import { pairs } from './pairs.ts';

/** One app or book under one token with its licenses and installs (behaviors 1, 2, 49). Counts are of the asset. */
export interface AppSummary {
  readonly id: string;
  readonly assetId: number;
  readonly tokenId: string;
  readonly tokenName: string;
  readonly tokenAppleId: string;
  readonly tokenAccountType: string;
  readonly organizationName: string;
  readonly locationUid: string;
  readonly platform: 'ios' | 'macos' | 'book';
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
  /** In line: whom another asset of the title serves is not. */
  readonly waiting: number;
  /** Assigned at Apple, but not ours. */
  readonly foreign: number;
  /** Seats that can be granted now; null when unlimited. */
  readonly available: number | null;
  readonly installed: number;
  readonly failed: number;
  readonly pending: number;
  /** Devices that could not remove the app when they were told to. */
  readonly removalFailed: number;
  readonly assignedGroups: number;
  readonly vanishedAt: Date | null;
  /** Why nothing more is granted now, in Apple's words. */
  readonly closedReason: string | null;
  /** So many wait for a person to release what Apple never takes back. */
  readonly toRelease: number;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface AppQuery {
  /** Books, which are listed apart, instead of apps. */
  readonly books?: boolean;
  readonly ids?: readonly string[];
  readonly tokenId?: string;
  /** Text in the name, the publisher or the bundle id. */
  readonly search?: string;
  readonly top?: number;
  readonly skip?: number;
}

interface Row extends Omit<AppSummary, 'installed' | 'failed' | 'pending' | 'removalFailed'> {
  readonly count: number;
  /** How many devices of the asset are of each kind. */
  readonly kinds: readonly (PairFacts & { readonly n: number })[] | null;
}

/** The apps of all tokens, by name, with the number that match in all. */
export async function appSummaries(
  db: Database,
  query: AppQuery = {},
): Promise<{ readonly count: number; readonly value: readonly AppSummary[] }> {
  const pattern =
    query.search === undefined ? null : `%${query.search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const { rows } = await sql<Row>`
    with page as (
      select app.id, app.asset_id, app.token_id, app.platform, app.created_at, app.modified_at, coalesce(t.name, a.adam_id) as name,
        count(*) over () as count
      from library.app app
      join library.asset a on a.id = app.asset_id
      left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
      where (app.platform = 'book') = ${query.books ?? false}
        and (${query.ids ?? null}::uuid[] is null or app.id = any(${query.ids ?? null}::uuid[]))
        and (${query.tokenId ?? null}::uuid is null or app.token_id = ${query.tokenId ?? null}::uuid)
        and (${pattern}::text is null or coalesce(t.name, a.adam_id) ilike ${pattern} or t.artist_name ilike ${pattern} or t.bundle_id ilike ${pattern})
      order by lower(coalesce(t.name, a.adam_id)), app.id
      limit ${query.top ?? null}::int offset ${query.skip ?? 0}::int
    ), seats as (
      select asset_id,
        count(*) filter (where held and wanted)::int as held,
        count(*) filter (where granted and not (held and wanted))::int as changing,
        count(*) filter (where found and wanted)::int as found,
        count(*) filter (where ${waits('d')})::int as waiting
      from grants.demand d where asset_id in (select asset_id from page) group by asset_id
    ), kinds as (
      select d.asset_id, d.wanted, d.granted, d.held, d.found, d.covered, min(d.failure) as failure, ${taskState} as state, count(*)::int as n
      from ${pairs} d left join delivery.task k on k.asset_id = d.asset_id and k.device_id = d.device_id
      where d.asset_id in (select asset_id from page)
      group by d.asset_id, d.wanted, d.granted, d.held, d.found, d.covered, d.failure is null, ${taskState}
    )
    select page.count, page.id, page.asset_id, page.platform, page.name, page.created_at, page.modified_at,
      k.id as token_id, k.display_name as token_name, k.apple_id as token_apple_id, k.account_type as token_account_type,
      k.organization_name, k.location_uid,
      a.adam_id, a.pricing_param, a.device_assignable, a.revocable, a.unlimited, a.vanished_at,
      t.artist_name, t.bundle_id, t.version, t.minimum_os_version, coalesce(t.device_families, '{}') as device_families,
      coalesce(t.genres, '{}') as genres, t.description, t.price, t.store_url, coalesce(t.is_custom_app, false) as is_custom_app,
      t.icon is not null as has_icon,
      case when a.unlimited then ${seats} else a.total end as owned,
      coalesce(seats.held, 0) as held, coalesce(seats.changing, 0) as changing, coalesce(seats.found, 0) as found,
      coalesce(seats.waiting, 0) as waiting,
      coalesce(s.foreign_held, a.assigned) as foreign,
      case when ${seats} is not null then greatest(0, ${seats} - coalesce(s.foreign_held, a.assigned) - coalesce(s.taken, 0)) end as available,
      (select json_agg(json_build_object('wanted', wanted, 'granted', granted, 'held', held, 'found', found, 'covered', covered,
        'failure', failure, 'requested', false, 'taskState', state, 'n', n)) from kinds where kinds.asset_id = a.id) as kinds,
      (select count(*)::int from assignments.assignment where app_id = page.id) as assigned_groups,
      s.closed_reason,
      (select coalesce(sum(waiting), 0)::int from grants.irrevocable i where i.asset_id = a.id) as to_release
    from page
    join library.asset a on a.id = page.asset_id
    join library.token k on k.id = page.token_id
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    left join grants.stock s on s.asset_id = a.id
    left join seats on seats.asset_id = a.id
    order by lower(page.name), page.id`.execute(db);
  return { count: rows[0]?.count ?? 0, value: rows.map(toSummary) };
}

function toSummary({ count: _count, kinds, ...row }: Row): AppSummary {
  const devices = (state: InstallView['installState']): number =>
    (kinds ?? [])
      .filter((kind) => installStateOf(kind) === state)
      .reduce((sum, kind) => sum + kind.n, 0);
  return {
    ...row,
    installed: devices('installed'),
    failed: devices('failed'),
    pending: devices('pendingInstall'),
    removalFailed: devices('uninstallFailed'),
  };
}
