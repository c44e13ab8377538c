import { type LicenseState, licenseState } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { type Reason, awaitsEnrollment, licenseReason } from './reasons.ts';

/** The license of a device that is known by its serial number and has not enrolled. */
export interface ExpectedDevice {
  readonly serialNumber: string;
  readonly knownSince: Date;
  readonly license: {
    readonly state: LicenseState;
    /** Place in the line, from 1; null unless waiting. */
    readonly position: number | null;
    readonly since: Date;
  };
  readonly reason: Reason;
}

interface Row {
  readonly count: number;
  readonly serialNumber: string;
  readonly knownSince: Date;
  readonly wanted: boolean;
  readonly granted: boolean;
  readonly held: boolean;
  readonly found: boolean;
  readonly failure: number | null;
  readonly failureMessage: string | null;
  readonly requested: boolean;
  readonly paused: boolean;
  readonly covered: boolean;
  readonly stopped: boolean;
  readonly position: number | null;
  readonly since: Date;
}

/** The devices that have not enrolled and have a license of an asset, or wait for one; a page, with the number in all. */
export async function expectedDevices(
  db: Database,
  assetId: number,
  page: { readonly top: number; readonly skip: number },
): Promise<{ readonly count: number; readonly value: readonly ExpectedDevice[] }> {
  const { rows } = await sql<Row>`
    select count(*) over ()::int as count, known.serial_number, known.created_at as known_since,
      d.wanted, d.granted, d.held, d.found, d.failure, d.failure_message, d.since,
      d.covered_by is not null as covered, d.stopped_reason is not null as stopped,
      c.request_id is not null as requested, loc.paused_at is not null as paused,
      case when ${waits(sql`d`)} then (select count(*)::int from grants.demand o where o.asset_id = d.asset_id and ${waits(sql`o`)}
        and (o.priority > d.priority or (o.priority = d.priority and o.position <= d.position))) end as position
    from directory.device known
    join library.holder h on h.kind = 'device' and h.key = known.serial_number
    join grants.demand d on d.asset_id = ${assetId} and d.holder_id = h.id
    join library.asset a on a.id = d.asset_id
    join library.location loc on loc.uid = a.location_uid
    left join grants.open_change c on c.asset_id = d.asset_id and c.holder_id = d.holder_id
    where not exists (select from devices.device dev where dev.directory_device_id = known.id)
    order by known.serial_number
    limit ${page.top} offset ${page.skip}`.execute(db);
  return { count: rows[0]?.count ?? 0, value: rows.map(toExpected) };
}

/** SQL: whether a row of demand is in line. */
const waits = (row: ReturnType<typeof sql>) =>
  sql`(${row}.wanted and not ${row}.granted and not ${row}.found and ${row}.covered_by is null and ${row}.stopped_reason is null)`;

function toExpected(row: Row): ExpectedDevice {
  const { serialNumber, knownSince, position, since } = row;
  const state = licenseState(row);
  return {
    serialNumber,
    knownSince,
    license: { state, position, since },
    reason: licenseReason(state, row) ?? awaitsEnrollment,
  };
}
