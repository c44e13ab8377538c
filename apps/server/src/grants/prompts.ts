import { promptsFor } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

/** What people would be asked if a decision were carried out. */
export interface RehearsedPrompts {
  /** People who would be invited to tie their Apple Account. */
  readonly invitedPeople: number;
  /** Devices that would ask before they install, and those that would ask for the Apple Account. */
  readonly installDevices: number;
  readonly signInDevices: number;
  /** Kiosks that a person's license would be for: nobody there can sign in (behavior 58). */
  readonly kiosksWithUserLicense: number;
}

interface Row {
  readonly byUser: boolean;
  readonly supervised: boolean;
  readonly kiosk: boolean;
  readonly userEnrollment: boolean;
  readonly managedAccount: boolean;
  readonly invited: boolean;
  readonly devices: number;
  readonly people: readonly number[];
}

/**
 * Counts the prompts (behaviors 50 to 58) that those `isServed` would see, on the transaction of a rehearsal. A device
 * that never told whether it is supervised counts as one that is not.
 *
 * @param isServed SQL about the demand `d` and the row `b` of before
 */
export async function readPrompts(
  trx: Trx,
  assetId: number,
  isServed: ReturnType<typeof sql>,
): Promise<RehearsedPrompts> {
  const { rows } = await sql<Row>`
    with served as (
      select d.holder_id, h.kind, h.key, a.location_uid from grants.demand d
      left join before_rehearsal b on b.holder_id = d.holder_id
      join library.holder h on h.id = d.holder_id
      join library.asset a on a.id = d.asset_id
      where d.asset_id = ${assetId} and ${isServed}
    ), on_device as (
      select s.holder_id, s.kind, s.location_uid, dev.id from served s
      join devices.device dev on dev.serial_number = s.key where s.kind = 'device'
      union all
      select s.holder_id, s.kind, s.location_uid, p.device_id from served s
      join grants.placement p on p.asset_id = ${assetId} and p.holder_id = s.holder_id and not p.leaving and p.refused is null
      where s.kind = 'person')
    select o.kind = 'person' as by_user, coalesce(dev.supervised, false) as supervised, dev.kiosk, dev.user_enrollment,
      u.managed_apple_id is not null as managed_account, coalesce(u.state = 'associated', false) as invited,
      count(*)::int as devices, coalesce(array_agg(distinct o.holder_id) filter (where o.kind = 'person'), '{}') as people
    from on_device o join devices.device dev on dev.id = o.id
    left join associations.apple_user u on o.kind = 'person' and u.location_uid = o.location_uid and u.holder_id = o.holder_id
    where dev.management_state = 'managed'
    group by 1, 2, 3, 4, 5, 6`.execute(trx);
  return countPrompts(rows);
}

function countPrompts(rows: readonly Row[]): RehearsedPrompts {
  const asked = rows.map((row) => ({
    row,
    prompts: promptsFor({
      ...row,
      licenseType: row.byUser ? 'user' : 'device',
    }),
  }));
  const devicesWhere = (shown: (one: (typeof asked)[number]) => boolean): number =>
    asked.filter(shown).reduce((sum, { row }) => sum + row.devices, 0);
  const invited = asked.filter(({ prompts }) => prompts.invitation);
  return {
    invitedPeople: new Set(invited.flatMap(({ row }) => row.people)).size,
    installDevices: devicesWhere(({ prompts }) => prompts.install),
    signInDevices: devicesWhere(({ prompts }) => prompts.signIn),
    kiosksWithUserLicense: devicesWhere(
      ({ prompts }) => prompts.discouraged === 'kioskWithUserLicense',
    ),
  };
}
