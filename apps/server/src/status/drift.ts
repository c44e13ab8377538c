import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { Reason } from './reasons.ts';

const kinds = ['assignedByOthers', 'unknownSerial', 'lost', 'orphaned', 'overAssigned'] as const;
export type DriftKind = (typeof kinds)[number];

/** Where what Apple has assigned differs from what is wanted here, for one title. */
export interface Drift {
  readonly kind: DriftKind;
  readonly locationUid: string;
  readonly locationName: string;
  readonly assetId: number;
  readonly adamId: string;
  readonly name: string;
  /** Licenses concerned. */
  readonly count: number;
  /** Up to twenty of the devices (serial numbers) and people (names) concerned. */
  readonly examples: readonly string[];
  /** When all assignments of the title were last read; null: never without doubt. */
  readonly comparedAt: Date | null;
  readonly reason: Reason;
}

const reasons: Readonly<Record<DriftKind, Reason>> = {
  assignedByOthers: {
    cause: 'Assigned at Apple, but not from here: by another product, or before this one.',
    who: 'administrator',
    next: 'Nothing, if that is meant. Adopt the licenses that assignments here want, and have the others taken back where they were assigned.',
  },
  unknownSerial: {
    cause: 'Assigned at Apple to serial numbers that are not known here.',
    who: 'administrator',
    next: 'Import the devices, or have the licenses taken back by who assigned them.',
  },
  lost: {
    cause: 'Assigned from here, and no longer shown by Apple: somebody else took the license back.',
    who: 'administrator',
    next: 'Lost once, it is asked for again by itself; lost twice within seven days, it stops until the assignments are saved anew. Find out who else manages the location.',
  },
  orphaned: {
    cause: 'Assigned from here to a device or person that is deleted here.',
    who: 'Allotment',
    next: 'It goes back when its grace period is over, unless the brake or the kind of license holds it.',
  },
  overAssigned: {
    cause: 'More is assigned than is owned: after a refund, a transfer, or by other hands.',
    who: 'administrator',
    next: 'Nothing more is granted, and nobody loses a license by itself. Buy licenses, or take some back.',
  },
};

type Row = Omit<Drift, 'reason'>;

/** Compares what Apple shows with what is wanted here, as of the last readings; by location and name. */
export async function readDrift(db: Database): Promise<readonly Drift[]> {
  const { rows } = await sql<Row>`
    with found (kind, asset_id, who, n) as (
      select case when h.kind = 'device' and not exists (select from directory.device dev where dev.serial_number = h.key)
          then 'unknownSerial' else 'assignedByOthers' end, l.asset_id, ${whoIs}, 1
      from library.license l join library.holder h on h.id = l.holder_id left join directory.person p on p.id = h.person_id
      where l.present and not exists (
        select from grants.demand d where d.asset_id = l.asset_id and d.holder_id = l.holder_id and d.granted)
      union all
      select 'assignedByOthers', id, null, foreign_people from library.asset where foreign_people > 0
      union all
      select 'lost', d.asset_id, ${whoIs}, 1
      from grants.demand d join library.holder h on h.id = d.holder_id left join directory.person p on p.id = h.person_id
      where d.lost_at is not null and d.wanted and not d.held
      union all
      select 'orphaned', d.asset_id, ${whoIs}, 1
      from grants.demand d join library.holder h on h.id = d.holder_id left join directory.person p on p.id = h.person_id
      where d.granted and (p.deleted_at is not null
        or (h.kind = 'device' and not exists (select from directory.device dev where dev.serial_number = h.key)))
      union all
      select 'overAssigned', asset_id, null, foreign_held + taken - total from grants.stock where foreign_held + taken > total
    ), summed as (
      select kind, asset_id, sum(n)::int as count,
        coalesce((array_agg(who order by who) filter (where who is not null))[1:20], '{}') as examples
      from found group by kind, asset_id)
    select s.kind, l.uid as location_uid, l.name as location_name, a.id as asset_id, a.adam_id, coalesce(t.name, a.adam_id) as name,
      s.count, s.examples, greatest(a.compared_at, l.walked_at) as compared_at
    from summed s join library.asset a on a.id = s.asset_id join library.location l on l.uid = a.location_uid
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    order by array_position(${[...kinds]}::text[], s.kind), lower(l.name), lower(coalesce(t.name, a.adam_id)), a.id`.execute(
    db,
  );
  return rows.map((row) => ({ ...row, reason: reasons[row.kind] }));
}

/** A device by its serial number, a person by name. */
const whoIs = sql`coalesce(p.display_name, h.key)`;
