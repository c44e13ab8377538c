import { type LicenseState, licenseState } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { type Reason, awaitsRelease, deliveryReason, licenseReason } from './reasons.ts';

/** A person's license of a book. */
export interface BookHolder {
  readonly personId: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly license: {
    readonly state: LicenseState;
    /** Place in the line, from 1; null unless waiting. */
    readonly position: number | null;
    readonly since: Date;
  };
  readonly reason: Reason | null;
  /** The iPhones and iPads of the person that the book was sent to, or is to be. */
  readonly devices: readonly BookOnDevice[];
}

export interface BookOnDevice {
  readonly deviceId: string;
  readonly name: string;
  readonly state: 'blocked' | 'commanded' | 'installing' | 'installed' | 'failed' | 'removed';
  readonly reason: Reason | null;
}

interface Row {
  readonly count: number;
  readonly personId: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
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
  /** It waits for a person to release what Apple never takes back. */
  readonly unreleased: boolean;
  readonly position: number | null;
  readonly since: Date;
  readonly devices: readonly (Omit<BookOnDevice, 'reason'> & { readonly reason: string | null })[];
}

/** Who has a license of a book and who waits, by name; a page of it, with the number in all. */
export async function bookHolders(
  db: Database,
  assetId: number,
  page: { readonly top: number; readonly skip: number },
): Promise<{ readonly count: number; readonly value: readonly BookHolder[] }> {
  const { rows } = await sql<Row>`
    select count(*) over ()::int as count, p.id as person_id, p.display_name, p.user_principal_name,
      d.wanted, d.granted, d.held, d.found, d.failure, d.failure_message, d.since,
      d.covered_by is not null as covered, d.stopped_reason is not null as stopped,
      c.request_id is not null as requested, loc.paused_at is not null as paused,
      exists (select from grants.irrevocable i where i.asset_id = d.asset_id and not i.released) as unreleased,
      case when d.wanted and not d.granted and not d.found and d.covered_by is null and d.stopped_reason is null
        then (rank() over (partition by d.wanted, d.granted, d.found, d.covered_by is null, d.stopped_reason is null
          order by d.priority desc, d.position))::int end as position,
      array(select json_build_object('deviceId', b.device_id, 'name', coalesce(dev.name, dev.serial_number), 'state', b.state, 'reason', b.reason)
        from delivery.book b join devices.device dev on dev.id = b.device_id
        where b.asset_id = d.asset_id and b.holder_id = d.holder_id
        order by lower(coalesce(dev.name, dev.serial_number)), dev.id) as devices
    from grants.demand d
    join library.asset a on a.id = d.asset_id
    join library.location loc on loc.uid = a.location_uid
    join library.holder h on h.id = d.holder_id
    join directory.person p on p.id = h.person_id
    left join grants.open_change c on c.asset_id = d.asset_id and c.holder_id = d.holder_id
    where d.asset_id = ${assetId}
    order by lower(p.display_name), p.id
    limit ${page.top} offset ${page.skip}`.execute(db);
  return { count: rows[0]?.count ?? 0, value: rows.map(toHolder) };
}

function toHolder(row: Row): BookHolder {
  const { personId, displayName, userPrincipalName, position, since } = row;
  const state = licenseState(row);
  return {
    personId,
    displayName,
    userPrincipalName,
    license: { state, position, since },
    reason: state === 'waiting' && row.unreleased ? awaitsRelease : licenseReason(state, row),
    devices: row.devices.map((device) => ({ ...device, reason: deliveryReason(device.reason) })),
  };
}
