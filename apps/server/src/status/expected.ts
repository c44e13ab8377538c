import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { placesInLine } from '../grants/index.ts';
import {
  type LicenseFacts,
  type ShownLicense,
  licenseColumns,
  shownLicense,
} from './license-facts.ts';
import { type Reason, awaitsEnrollment } from './reasons.ts';

/** The license of a device that is known by its serial number and has not enrolled. */
export interface ExpectedDevice {
  readonly serialNumber: string;
  readonly knownSince: Date;
  readonly license: ShownLicense;
  readonly reason: Reason;
}

interface Row extends LicenseFacts {
  readonly count: number;
  readonly serialNumber: string;
  readonly knownSince: Date;
}

/** The devices that have not enrolled and have a license of an asset, or wait for one; a page, with the number in all. */
export async function expectedDevices(
  db: Database,
  assetId: number,
  page: { readonly top: number; readonly skip: number },
): Promise<{ readonly count: number; readonly value: readonly ExpectedDevice[] }> {
  const { rows } = await sql<Row>`
    with line as materialized (${placesInLine(sql`${assetId}::int`)})
    select count(*) over ()::int as count, known.serial_number, known.created_at as known_since, d.since, ${licenseColumns()}
    from directory.device known
    join library.holder h on h.kind = 'device' and h.key = known.serial_number
    join grants.demand d on d.asset_id = ${assetId} and d.holder_id = h.id
    join library.asset a on a.id = d.asset_id
    join library.location loc on loc.uid = a.location_uid
    left join grants.stock s on s.asset_id = a.id
    left join grants.open_change c on c.asset_id = d.asset_id and c.holder_id = d.holder_id
    left join line on line.asset_id = d.asset_id and line.holder_id = d.holder_id
    where not exists (select from devices.device dev where dev.directory_device_id = known.id)
    order by known.serial_number
    limit ${page.top} offset ${page.skip}`.execute(db);
  return { count: rows[0]?.count ?? 0, value: rows.map(toExpected) };
}

function toExpected(row: Row): ExpectedDevice {
  const { serialNumber, knownSince } = row;
  const { license, reason } = shownLicense(row);
  return { serialNumber, knownSince, license, reason: reason ?? awaitsEnrollment };
}
