import { type RawBuilder, sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { integers } from '../db/integers.ts';
import type { Scope } from './resolve.ts';
import { has, isAtApple } from './rows.ts';

interface Judged {
  readonly new: boolean;
  readonly changed: boolean;
  readonly holds: boolean;
  /** Whether pairs of the scope were wanted before. */
  readonly known: boolean;
}

/**
 * Turns `resolved` into the transaction's tables `verdict`, what is to become of each pair and what is known of it, and
 * `placed`, the devices that user licenses are for.
 *
 * @param people whether holders among those decided are people
 * @returns whether any want a license that are new, any that are known already and change, whether licenses of these
 *   assets were taken back by hand, and whether any were wanted before
 */
export async function judge(
  trx: Trx,
  { assetIds, holderIds }: Scope,
  people: boolean,
): Promise<Judged> {
  await insertVerdicts(
    trx,
    sql`select asset_id, holder_id, app_id, verdict, priority, on_unassign, ahead, asked, rank
    from resolved where mine and device_id is not null and not (license_type = 'user' and verdict = 'want')`,
  );
  if (people) {
    await placeUserLicenses(trx);
    await insertVerdicts(trx, peopleVerdicts({ assetIds, holderIds }));
  }
  const { rows } = await sql<Judged>`
    select coalesce(bool_or(new), false) as new, coalesce(bool_or(changed), false) as changed,
      exists (select from grants.hold where asset_id = any(${assetIds}::int[]))
        or exists (select from grants.held_back where asset_id = any(${assetIds}::int[])) as holds,
      exists (select from grants.demand
        where holder_id = any(${integers(holderIds)}::int[]) and asset_id = any(${assetIds}::int[]) and wanted) as known
    from verdict`.execute(trx);
  return rows[0] ?? { new: false, changed: false, holds: false, known: false };
}

/** `offset 0` keeps the planner from joining all demand: each row is looked up by its key. */
async function insertVerdicts(trx: Trx, source: RawBuilder<unknown>): Promise<void> {
  await sql`insert into verdict
    select v.asset_id, v.holder_id, v.app_id, v.verdict, v.priority, v.on_unassign, v.ahead, v.asked, v.rank,
      v.verdict = 'want' and d.asset_id is null,
      v.verdict in ('want', 'stays') and d.asset_id is not null and (
        not d.wanted or d.app_id is distinct from v.app_id or d.priority <> v.priority
        or d.on_unassign is distinct from v.on_unassign or d.ahead <> v.ahead or d.asked <> v.asked or d.kept or d.uninstall
        or d.ends_at is not null or (not d.granted and d.found <> coalesce(l.present, false))),
      coalesce(l.present, false)
    from (
      select s.asset_id, s.holder_id, s.app_id, s.priority, s.on_unassign, s.ahead, s.asked, s.rank,
        case when s.verdict <> 'uninstall' and exists (select from grants.hold o where o.asset_id = s.asset_id and o.holder_id = s.holder_id) then 'hold'
          when s.verdict = 'suspended' and exists (select from grants.demand d
            where d.asset_id = s.asset_id and d.holder_id = s.holder_id and d.wanted and ${has('d')}) then 'stays'
          else s.verdict end as verdict
      from (${source}) s
    ) v
    left join lateral (
      select * from grants.demand d where d.asset_id = v.asset_id and d.holder_id = v.holder_id offset 0) d on true
    left join lateral (
      select l.present from library.license l
      where d.granted is not true and l.asset_id = v.asset_id and l.holder_id = v.holder_id offset 0) l on true`.execute(
    trx,
  );
}

/**
 * A user license serves some devices of its person (behaviors 8, 27): those it serves already, then those that
 * checked in last. It goes on serving a device that is to have a license of its own until that one is there, or one of
 * the title at another location, which serves the device as well (behavior L20, Law 1): to Apple, and so here, such a
 * device is one of the five. So does one where the app was Required and is Available now (L42).
 */
async function placeUserLicenses(trx: Trx): Promise<void> {
  await sql`insert into placed
    select asset_id, device_id, holder_id, app_id, ahead, asked, kept, case when n > (${devicesAtMost}) then 'deviceLimit' end
    from (
      select one.*, row_number() over (partition by asset_id, holder_id order by not served, rank) as n
      from (
        select r.asset_id, r.device_id, r.person_holder_id as holder_id, r.app_id, r.ahead, r.asked, r.verdict = 'offered' as kept, r.rank,
          p.device_id is not null as served, false as until_own
        from resolved r
        left join grants.placement p on p.asset_id = r.asset_id and p.device_id = r.device_id and p.holder_id = r.person_holder_id
          and p.refused is null and not p.leaving
        where r.license_type = 'user' and r.device_id is not null and r.person_holder_id is not null
          and (r.verdict = 'want' or (p.device_id is not null and ${mayStay}))
        union all
        select r.asset_id, r.device_id, p.holder_id, p.app_id, r.ahead, r.asked, r.verdict = 'offered', r.rank, true, true
        from resolved r
        join grants.placement p on p.asset_id = r.asset_id and p.device_id = r.device_id and p.holder_id = r.person_holder_id
          and p.refused is null and not p.leaving
        where r.license_type = 'device' and ${mayStay}
          and not exists (select from library.asset a join library.asset b on b.adam_id = a.adam_id
            join grants.demand own on own.asset_id = b.id and own.holder_id = r.holder_id and own.wanted
            where a.id = r.asset_id and (b.id = a.id or own.ends_at is null)
              and (own.held or (not own.granted and ${has('own')})))) one) counted
    where n <= (${devicesAtMost}) or not until_own`.execute(trx);
}

/** SQL: whether the license of a placement `p` is there to stay for its device, by what `r` says of it now. */
const mayStay = sql`exists (select from grants.demand d
  where d.asset_id = p.asset_id and d.holder_id = p.holder_id and d.wanted
    and case when r.verdict = 'offered' then not p.asked and not p.ahead and ${isAtApple('d')}
      else r.verdict in ('want', 'suspended') and ${has('d')} end)`;

const devicesAtMost = sql`select devices_per_person from grants.setting`;

/**
 * What the devices of a person, or the books for the person, come to. Only devices that the license serves, or is to
 * serve, have a say in what becomes of it: that another device of the person cannot use the app, or is to have a license
 * of its own, is no reason to give this one back.
 */
const peopleVerdicts = ({ assetIds, holderIds }: Scope) => sql`
  with served as materialized (
    select asset_id, device_id, holder_id from grants.placement
    where holder_id = any(${integers(holderIds)}::int[]) and asset_id = any(${assetIds}::int[]) and refused is null and not leaving
  )
  select asset_id, holder_id, (array_agg(app_id order by wants desc, stays desc, priority desc))[1] as app_id,
    case when bool_or(wants) then 'want' when bool_or(stays) then 'offered'
      when bool_or(verdict = 'want' and license_type = 'device') then 'replaced'
      when bool_or(verdict = 'uninstall') then 'uninstall' when bool_or(verdict = 'excluded') then 'excluded'
      when bool_or(verdict = 'notApplicable') then 'notApplicable' when bool_or(verdict = 'suspended') then 'suspended'
      else 'unassigned' end as verdict,
    coalesce(max(priority) filter (where wants), 0) as priority,
    (array_agg(on_unassign order by wants desc, stays desc, priority desc))[1] as on_unassign,
    coalesce(bool_and(ahead) filter (where wants or stays), false) as ahead, coalesce(bool_or(asked) filter (where wants), false) as asked,
    min(rank) as rank
  from (
    select r.asset_id, r.person_holder_id as holder_id, r.app_id, r.priority, r.on_unassign, r.ahead, r.asked, r.rank, r.verdict,
      r.license_type, (p.device_id is not null and not p.kept) or (r.device_id is null and r.verdict = 'want') as wants,
      coalesce(p.kept, r.device_id is null and r.verdict = 'offered') as stays
    from resolved r
    left join placed p on p.asset_id = r.asset_id and p.device_id = r.device_id and p.holder_id = r.person_holder_id
      and p.refused is null
    left join served s on s.asset_id = r.asset_id and s.device_id = r.device_id and s.holder_id = r.person_holder_id
    where r.person_holder_id is not null and (r.device_id is null or p.device_id is not null or s.device_id is not null)
  ) one
  group by asset_id, holder_id`;
