import { decideBrake } from '@allotment/licensing';
import { type RawBuilder, sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { lockStock } from './stock.ts';

/** What was taken back counts for so long (Law 11). */
const windowMs = 24 * 60 * 60 * 1000;

interface LocationCounts {
  readonly locationUid: string;
  readonly held: number;
  readonly lately: number;
  readonly now: number;
}

/**
 * Pulls the brake where all that waits to be taken back in the locations of these assets, with the take-backs of the
 * last 24 hours, passes what a location may give up without a person (Law 11). Where nothing has to wait any more, it
 * is let go.
 *
 * @returns the uIds of the locations that must take nothing back now
 */
export async function leaveTakeBacksToPerson(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
): Promise<readonly string[]> {
  await lockBrakes(trx, assetIds);
  const braked: string[] = [];
  for (const counts of await countTakeBacks(trx, assetIds, now)) {
    const decision = decideBrake(counts.held, counts.lately, counts.now);
    if (decision.go) {
      await letBrakeGo(trx, counts.locationUid, assetIds);
      continue;
    }
    braked.push(counts.locationUid);
    await sql`insert into grants.brake (location_uid, pulled_at, waiting, allowed)
      values (${counts.locationUid}, ${now}, ${decision.waiting}, ${decision.allowed})
      on conflict (location_uid) do update set waiting = excluded.waiting, allowed = excluded.allowed`.execute(
      trx,
    );
  }
  return braked;
}

/** What waits in other assets of the location goes back, too: nothing else may look at them for long. */
async function letBrakeGo(
  trx: Trx,
  locationUid: string,
  assetIds: readonly number[],
): Promise<void> {
  await sql`with gone as (delete from grants.brake where location_uid = ${locationUid} returning location_uid)
    insert into db.note (room, kind, key)
    select 'grants', 'seats', a.id::text from gone join library.asset a on a.location_uid = gone.location_uid
    where a.id <> all(${assetIds}::int[])
      and exists (select from grants.demand d where d.asset_id = a.id and d.granted and d.held and not d.wanted)`.execute(
    trx,
  );
}

/**
 * Of the locations of these assets those with something to take back, or with the brake pulled. What a location holds
 * is counted by the seats taken.
 */
async function countTakeBacks(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
): Promise<readonly LocationCounts[]> {
  const { rows } = await sql<LocationCounts>`
    with concerned as (
      select distinct location_uid from library.asset where id = any(${assetIds}::int[])
    ), leaving as (
      select a.location_uid, count(*)::int as n
      from library.asset a join grants.demand d on d.asset_id = a.id and d.granted and d.held and not d.wanted
      where a.location_uid in (select location_uid from concerned)
        and not exists (select from grants.open_change c where c.asset_id = d.asset_id and c.holder_id = d.holder_id)
      group by a.location_uid)
    select c.location_uid, coalesce(leaving.n, 0) as now,
      (select coalesce(sum(s.taken), 0)::int from library.asset a join grants.stock s on s.asset_id = a.id
        where a.location_uid = c.location_uid) as held,
      (select count(*)::int from grants.taken_back b
        where b.location_uid = c.location_uid and b.at > ${new Date(now.getTime() - windowMs)}) as lately
    from concerned c
    left join leaving on leaving.location_uid = c.location_uid
    where leaving.n is not null or exists (select from grants.brake b where b.location_uid = c.location_uid)`.execute(
    trx,
  );
  return rows;
}

/** Advisory locks, one a location: two decisions do not pass its limit together. Taken after the assets' rows. */
const brakeLocks = 4_219_002;

async function lockBrakes(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(${brakeLocks}, key) from (
    select distinct hashtext(location_uid) as key from library.asset where id = any(${assetIds}::int[]) order by key) l`.execute(
    trx,
  );
}

/**
 * Opens the disassociations of all that waits in these assets, leaving the locations named in `except` alone, and
 * forgets those that count no more.
 *
 * @param which SQL about the demand `d`: only these
 */
export async function openTakeBacks(
  trx: Trx,
  assetIds: readonly number[],
  except: readonly string[],
  now: Date,
  which: RawBuilder<unknown> = sql`true`,
): Promise<void> {
  await sql`with forgotten as (
      delete from grants.taken_back where ctid = any(array(
        select b.ctid from grants.taken_back b
        where b.location_uid in (select location_uid from library.asset where id = any(${assetIds}::int[]))
          and b.at <= ${new Date(now.getTime() - windowMs)}
        for update skip locked))
    ), opened as (
      insert into grants.open_change (asset_id, holder_id, op, not_before, created_at)
      select d.asset_id, d.holder_id, 'disassociate', ${now}, ${now}
      from grants.demand d join library.asset a on a.id = d.asset_id
      where d.asset_id = any(${assetIds}::int[]) and d.granted and d.held and not d.wanted
        and a.location_uid <> all(${except}::text[]) and ${which}
      on conflict do nothing
      returning asset_id, holder_id)
    insert into grants.taken_back (location_uid, asset_id, holder_id, at)
    select a.location_uid, o.asset_id, o.holder_id, ${now} from opened o join library.asset a on a.id = o.asset_id`.execute(
    trx,
  );
}

/**
 * A person lets the waiting take-backs of a location go ahead.
 *
 * @throws Problem `brakeNotPulled` when nothing waits there
 */
export async function releaseBrake(
  context: Context,
  locationUid: string,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const assets = await trx
      .selectFrom('library.asset')
      .select('id')
      .where('locationUid', '=', locationUid)
      .execute();
    const assetIds = assets.map((asset) => asset.id);
    await lockStock(trx, assetIds);
    await lockBrakes(trx, assetIds);
    const brake = await trx
      .deleteFrom('grants.brake')
      .where('locationUid', '=', locationUid)
      .returningAll()
      .executeTakeFirst();
    if (brake === undefined) {
      throw new Problem(
        'conflict',
        'brakeNotPulled',
        'No take-backs of this location wait for a release.',
      );
    }
    await openTakeBacks(trx, assetIds, [], now);
    await leaveNote(trx, 'associations', 'location', locationUid);
    await hint(trx, 'apps', 'status', 'locations');
    await recordAudit(trx, now, actor, {
      action: 'releaseBrake',
      target: { kind: 'location', id: locationUid },
      detail: { waiting: brake.waiting, allowed: brake.allowed },
    });
  });
}
