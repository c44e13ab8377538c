import { decideBrake } from '@allotment/licensing';
import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';

const windowMs = 24 * 60 * 60 * 1000;

interface LocationCounts {
  readonly locationUid: string;
  readonly held: number;
  readonly lately: number;
  readonly now: number;
}

/**
 * Pulls the brake where the take-backs of these assets, with those of the last 24 hours, pass what a location may
 * give up without a person (Law 11).
 *
 * @returns the uIds of the locations that must take nothing back now
 */
export async function pullBrakes(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
): Promise<readonly string[]> {
  const { rows } = await sql<LocationCounts>`
    with leaving as (
      select a.location_uid, count(*)::int as n
      from grants.demand d join library.asset a on a.id = d.asset_id
      where d.asset_id = any(${assetIds}::int[]) and d.granted and d.held and not d.wanted
        and not exists (select from grants.open_change c where c.asset_id = d.asset_id and c.holder_id = d.holder_id)
      group by a.location_uid)
    select l.location_uid, l.n as now,
      (select count(*)::int from grants.demand d join library.asset a on a.id = d.asset_id
        where a.location_uid = l.location_uid and d.held) as held,
      (select count(*)::int from grants.taken_back b
        where b.location_uid = l.location_uid and b.at > ${new Date(now.getTime() - windowMs)}) as lately
    from leaving l`.execute(trx);
  const braked: string[] = [];
  for (const counts of rows) {
    const decision = decideBrake(counts.held, counts.lately, counts.now);
    if (decision.go) continue;
    braked.push(counts.locationUid);
    await sql`insert into grants.brake (location_uid, pulled_at, waiting, allowed)
      values (${counts.locationUid}, ${now}, ${decision.waiting}, ${decision.allowed})
      on conflict (location_uid) do update set waiting = excluded.waiting, allowed = excluded.allowed`.execute(
      trx,
    );
  }
  return braked;
}

/** Opens the disassociations of all that waits in these assets, leaving the locations named in `except` alone. */
export async function openTakeBacks(
  trx: Trx,
  assetIds: readonly number[],
  except: readonly string[],
  now: Date,
): Promise<void> {
  await sql`with opened as (
      insert into grants.open_change (asset_id, holder_id, op, not_before, created_at)
      select d.asset_id, d.holder_id, 'disassociate', ${now}, ${now}
      from grants.demand d join library.asset a on a.id = d.asset_id
      where d.asset_id = any(${assetIds}::int[]) and d.granted and d.held and not d.wanted
        and a.location_uid <> all(${except}::text[])
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
    const assets = await trx
      .selectFrom('library.asset')
      .select('id')
      .where('locationUid', '=', locationUid)
      .orderBy('id')
      .execute();
    await openTakeBacks(
      trx,
      assets.map((asset) => asset.id),
      [],
      now,
    );
    await leaveNote(trx, 'associations', 'location', locationUid);
    await recordAudit(trx, now, actor, {
      action: 'releaseBrake',
      target: { kind: 'location', id: locationUid },
      detail: { waiting: brake.waiting, allowed: brake.allowed },
    });
  });
}
