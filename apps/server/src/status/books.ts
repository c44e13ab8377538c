import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { placesInLine } from '../grants/index.ts';
import {
  type LicenseFacts,
  type ShownLicense,
  licenseColumns,
  shownLicense,
} from './license-facts.ts';
import { type Reason, deliveryReason } from './reasons.ts';

/** A person's license of a book. */
export interface BookHolder {
  readonly personId: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly license: ShownLicense;
  readonly reason: Reason | null;
  /** The devices of the person that the book was sent to, or is to be. */
  readonly devices: readonly BookOnDevice[];
}

export interface BookOnDevice {
  readonly deviceId: string;
  readonly name: string;
  readonly state: 'blocked' | 'commanded' | 'installing' | 'installed' | 'failed' | 'removed';
  readonly reason: Reason | null;
}

interface Row extends LicenseFacts {
  readonly count: number;
  readonly personId: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly devices: readonly (Omit<BookOnDevice, 'reason'> & { readonly reason: string | null })[];
}

/** Who has a license of a book and who waits, by name; a page of it, with the number in all. */
export async function bookHolders(
  db: Database,
  assetId: number,
  page: { readonly top: number; readonly skip: number },
): Promise<{ readonly count: number; readonly value: readonly BookHolder[] }> {
  const { rows } = await sql<Row>`
    with line as materialized (${placesInLine(sql`${assetId}::int`)})
    select count(*) over ()::int as count, p.id as person_id, p.display_name, p.user_principal_name, d.since, ${licenseColumns()},
      array(select json_build_object('deviceId', b.device_id, 'name', coalesce(dev.name, dev.serial_number), 'state', b.state, 'reason', b.reason)
        from delivery.book b join devices.device dev on dev.id = b.device_id
        where b.asset_id = d.asset_id and b.holder_id = d.holder_id
        order by lower(coalesce(dev.name, dev.serial_number)), dev.id) as devices
    from grants.demand d
    join library.asset a on a.id = d.asset_id
    join library.location loc on loc.uid = a.location_uid
    left join grants.stock s on s.asset_id = a.id
    join library.holder h on h.id = d.holder_id
    join directory.person p on p.id = h.person_id
    left join grants.open_change c on c.asset_id = d.asset_id and c.holder_id = d.holder_id
    left join line on line.asset_id = d.asset_id and line.holder_id = d.holder_id
    where d.asset_id = ${assetId}
    order by lower(p.display_name), p.id
    limit ${page.top} offset ${page.skip}`.execute(db);
  return { count: rows[0]?.count ?? 0, value: rows.map(toHolder) };
}

function toHolder(row: Row): BookHolder {
  const { personId, displayName, userPrincipalName } = row;
  const { license, reason } = shownLicense(row);
  return {
    personId,
    displayName,
    userPrincipalName,
    license,
    reason,
    devices: row.devices.map((device) => ({ ...device, reason: deliveryReason(device.reason) })),
  };
}
