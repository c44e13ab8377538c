import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { placesInLine, waits } from '../grants/index.ts';
import {
  type LicenseFacts,
  type ShownLicense,
  licenseColumns,
  shownLicense,
} from './license-facts.ts';
import { shownToHeld } from './pairs.ts';
import type { Reason } from './reasons.ts';

/** How far Apple is with a person, of all locations the furthest behind; null: no license of theirs needs Apple yet. */
export type PersonAtApple = 'refused' | 'absent' | 'registered' | 'associated' | 'retired';

/** A person with their devices and licenses, as a list shows them. */
export interface PersonSummary {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly department: string | null;
  readonly accountEnabled: boolean;
  /** Managed devices. */
  readonly devices: number;
  /** Licenses of theirs that Apple has confirmed, and those they wait for. */
  readonly licenses: number;
  readonly waiting: number;
  readonly atApple: PersonAtApple | null;
}

/** People by name; a page of them, with the number in all. @param pattern for `ilike`; null: everybody */
export async function listPeople(
  db: Database,
  pattern: string | null,
  page: { readonly top: number; readonly skip: number },
): Promise<{ readonly count: number; readonly value: readonly PersonSummary[] }> {
  const { rows } = await sql<PersonSummary & { count: number }>`
    with page as (
      select *, count(*) over ()::int as count from directory.person
      where deleted_at is null and (${pattern}::text is null or display_name ilike ${pattern}
        or user_principal_name ilike ${pattern} or mail ilike ${pattern} or department ilike ${pattern})
      order by lower(display_name), id limit ${page.top} offset ${page.skip}
    )
    select page.count, page.id, page.display_name, page.user_principal_name, page.department, page.account_enabled,
      (select count(*)::int from devices.device where person_id = page.id and management_state = 'managed') as devices,
      demand.licenses, demand.waiting, apple.at_apple
    from page
    left join library.holder h on h.person_id = page.id
    cross join lateral (
      select count(*) filter (where held or found)::int as licenses,
        count(*) filter (where ${waits('d')})::int as waiting
      from grants.demand d where holder_id = h.id) demand
    cross join lateral (
      select (array['refused', 'absent', 'registered', 'retired', 'associated'])[min(case when error_number is not null then 1
        else array_position(array['', 'absent', 'registered', 'retired', 'associated'], state) end)] as at_apple
      from associations.apple_user where holder_id = h.id) apple
    order by lower(page.display_name), page.id`.execute(db);
  return { count: rows[0]?.count ?? 0, value: rows.map(({ count: _count, ...row }) => row) };
}

/** A user license of a person: of an app or of a book. */
export interface PersonLicense {
  readonly appId: string;
  readonly platform: 'ios' | 'macos' | 'book';
  readonly name: string;
  readonly tokenName: string;
  readonly license: ShownLicense;
  /** Taken back by hand: no assignment grants it before the hold is lifted. */
  readonly hold: { readonly reason: string; readonly by: string; readonly at: Date } | null;
  readonly reason: Reason | null;
}

interface LicenseRow extends Omit<PersonLicense, 'license' | 'reason' | 'hold'>, LicenseFacts {
  readonly holdReason: string | null;
  readonly heldBy: string | null;
  readonly heldAt: Date | null;
}

/** The user licenses that a person has, waits for, or was taken by hand; by title. */
export async function personLicenses(
  db: Database,
  personId: string,
): Promise<readonly PersonLicense[]> {
  const { rows } = await sql<LicenseRow>`
    with line as materialized (${placesInLine(sql`
      select mine.asset_id from grants.demand mine join library.holder own on own.id = mine.holder_id
      where own.person_id = ${personId} and ${waits('mine')}`)})
    select app.id as app_id, app.platform, coalesce(t.name, a.adam_id) as name, token.display_name as token_name,
      coalesce(d.since, o.created_at) as since, ${licenseColumns(shownToHeld('one'))},
      o.reason as hold_reason, o.created_by as held_by, o.created_at as held_at
    from library.holder h
    join (select asset_id, holder_id from grants.demand where wanted or granted or found
      union select asset_id, holder_id from grants.hold) one on one.holder_id = h.id
    join library.asset a on a.id = one.asset_id
    join library.location loc on loc.uid = a.location_uid
    left join grants.stock s on s.asset_id = a.id
    left join grants.demand d on d.asset_id = one.asset_id and d.holder_id = one.holder_id
    left join grants.hold o on o.asset_id = one.asset_id and o.holder_id = one.holder_id
    left join grants.open_change c on c.asset_id = one.asset_id and c.holder_id = one.holder_id
    left join line on line.asset_id = one.asset_id and line.holder_id = one.holder_id
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    cross join lateral (select id, platform, token_id from library.app
      where asset_id = a.id order by id is not distinct from d.app_id desc, platform, id limit 1) app
    join library.token token on token.id = app.token_id
    where h.person_id = ${personId}
    order by lower(coalesce(t.name, a.adam_id)), a.id`.execute(db);
  return rows.map(toLicense);
}

function toLicense(row: LicenseRow): PersonLicense {
  const { appId, platform, name, tokenName, holdReason, heldBy, heldAt } = row;
  const { license, reason } = shownLicense(row);
  return {
    appId,
    platform,
    name,
    tokenName,
    license,
    hold:
      holdReason === null || heldBy === null || heldAt === null
        ? null
        : { reason: holdReason, by: heldBy, at: heldAt },
    reason,
  };
}
