import { sql } from 'kysely';
import type { Trx } from '../../db/connect.ts';
import { servesPerson } from '../../devices/index.ts';
import type { Pair } from '../situation.ts';
import type { BookObstacle, BookState } from './state.ts';

export interface BookKey {
  readonly deviceId: string;
  readonly assetId: number;
}

/** Which books on which devices are looked at. */
export interface BookScope {
  /** All books of these devices. */
  readonly deviceIds: readonly string[];
  readonly keys: readonly BookKey[];
  /** The book of each asset on all devices of each holder; other assets are passed over. */
  readonly pairs: readonly Pair[];
}

/** One book on one device. */
export interface BookSituation extends BookKey {
  /** Undefined: no license that the device's person can use is at Apple and wanted, or the device is not managed. */
  readonly wanted:
    | {
        readonly holderId: number;
        readonly adamId: string;
        readonly obstacle: BookObstacle | undefined;
      }
    | undefined;
  readonly book: BookState | undefined;
  readonly holderId: number | undefined;
  readonly commandId: string | null;
  readonly isMac: boolean;
}

interface Row extends BookKey, Omit<BookState, 'state'> {
  readonly state: BookState['state'] | null;
  readonly holderId: number | null;
  readonly commandId: string | null;
  readonly isMac: boolean;
  readonly wantedHolderId: number | null;
  readonly adamId: string | null;
  readonly obstacle: BookObstacle | null;
}

/** A book needs the person's Apple Account on the device, and only that one. */
const obstacle = sql`case
  when dev.multi_user then 'multiUser'
  when dev.store_account_active is false then 'signInNeeded'
  when dev.store_account_hash <> u.id_hash then 'otherAccount' end`;

/**
 * Reads the situations in a scope. Books go to iPhones, iPads and iPods touch, and to the person's channel of a Mac, once
 * an Apple Account is tied to the license.
 */
export async function readBookSituations(
  trx: Trx,
  scope: BookScope,
): Promise<readonly BookSituation[]> {
  const { rows } = await sql<Row>`
    with pair as materialized (
      select p.* from unnest(
        ${scope.pairs.map((pair) => pair.assetId)}::int[], ${scope.pairs.map((pair) => pair.holderId)}::int[]) p (asset_id, holder_id)
      join library.asset a on a.id = p.asset_id and a.product_type = 'Book'
    ), scope as (
      select device_id, asset_id from delivery.book where device_id = any(${scope.deviceIds}::uuid[])
      union
      select device_id, asset_id from grants.readable where device_id = any(${scope.deviceIds}::uuid[])
      union
      select * from unnest(${scope.keys.map((key) => key.deviceId)}::uuid[], ${scope.keys.map((key) => key.assetId)}::int[])
      union
      select b.device_id, b.asset_id from pair p join delivery.book b on b.asset_id = p.asset_id and b.holder_id = p.holder_id
      union
      select r.device_id, r.asset_id from pair p
      cross join lateral (
        select * from grants.readable r where r.asset_id = p.asset_id and r.holder_id = p.holder_id offset 0) r
    )
    select s.device_id, s.asset_id, w.holder_id as wanted_holder_id, w.adam_id, w.obstacle,
      b.state, b.holder_id, b.apple_state, b.reason, b.error_code, b.error_detail, b.attempts, b.asks, b.next_at, b.command_id,
      dev.family is not distinct from 'Mac' as is_mac
    from scope s
    join devices.device dev on dev.id = s.device_id
    left join delivery.book b on b.device_id = s.device_id and b.asset_id = s.asset_id
    left join lateral (
      select r.holder_id, r.adam_id, ${obstacle} as obstacle
      from grants.readable r
      join associations.apple_user u on u.location_uid = r.location_uid and u.holder_id = r.holder_id and u.state = 'associated'
      where r.asset_id = s.asset_id and r.device_id = s.device_id
        and dev.management_state = 'managed'
        and ${servesPerson} limit 1) w on true
    order by s.device_id, s.asset_id`.execute(trx);
  return rows.map(situationOf);
}

function situationOf(row: Row): BookSituation {
  const { deviceId, assetId, wantedHolderId, adamId, holderId, commandId, isMac } = row;
  return {
    deviceId,
    assetId,
    wanted:
      wantedHolderId === null || adamId === null
        ? undefined
        : { holderId: wantedHolderId, adamId, obstacle: row.obstacle ?? undefined },
    book: row.state === null ? undefined : bookOf(row, row.state),
    holderId: holderId ?? undefined,
    commandId,
    isMac,
  };
}

function bookOf(row: Row, state: BookState['state']): BookState {
  const { appleState, reason, errorCode, errorDetail, attempts, asks, nextAt } = row;
  return { state, appleState, reason, errorCode, errorDetail, attempts, asks, nextAt };
}
