import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { type ManagedAppleIdSource, setManagedAppleIdSource } from '../library/index.ts';
import { lockUsers } from './users.ts';

/** The people of a location at Apple. */
export interface LocationPeople {
  /** Where a person's Managed Apple Account is written. */
  readonly managedAppleIdFrom: ManagedAppleIdSource;
  /** Users at Apple whom another product created: counted when all were read, never touched (behaviors 20, 21). */
  readonly foreignUsers: number;
  readonly readAt: Date | null;
  /** Of ours: who exists there, and who of them has accepted. */
  readonly registered: number;
  readonly associated: number;
  /** Of ours: whom Apple refused in some way. */
  readonly refused: number;
}

export async function readLocationPeople(
  db: Database,
  locationUid: string,
): Promise<LocationPeople> {
  const { rows } = await sql<LocationPeople>`
    select coalesce(l.managed_apple_id_from, 'directory') as managed_apple_id_from, coalesce(p.foreign_users, 0) as foreign_users,
      p.read_at, counted.*
    from (select
        count(*) filter (where state in ('registered', 'associated'))::int as registered,
        count(*) filter (where state = 'associated')::int as associated,
        count(*) filter (where error_number is not null)::int as refused
      from associations.apple_user where location_uid = ${locationUid}) counted
    left join library.location l on l.uid = ${locationUid}
    left join associations.people p on p.location_uid = l.uid`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('Counting gave no row.');
  return row;
}

/**
 * Says where the Managed Apple Accounts of a location's people are written. Apple is told what changes by it, and who
 * can use a license of a person there is decided anew.
 *
 * @throws Problem `locationNotFound`
 */
export async function takeManagedAppleIdsFrom(
  context: Context,
  locationUid: string,
  managedAppleIdFrom: ManagedAppleIdSource,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    // The users first: who adds one refers to the location afterwards.
    await lockUsers(
      trx,
      sql`select location_uid, holder_id from associations.apple_user where location_uid = ${locationUid}`,
    );
    const location = await setManagedAppleIdSource(trx, locationUid, managedAppleIdFrom);
    if (location === undefined)
      throw new Problem('notFound', 'locationNotFound', `There is no location ${locationUid}.`);
    if (location.changed) await decideAnew(trx, locationUid);
    await trx
      .updateTable('associations.appleUser')
      // Whom Apple refused with the old account is not made to wait with the new one.
      .set({ due: true, ...(location.changed ? { retryAt: null } : {}) })
      .where('locationUid', '=', locationUid)
      .execute();
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'updateLocationPeople',
      target: { kind: 'location', id: locationUid, name: location.name },
      detail: { managedAppleIdFrom },
    });
  });
}

/** Which devices can use an app depends on the accounts of their people only where people are to get the licenses. */
async function decideAnew(trx: Trx, locationUid: string): Promise<void> {
  await sql`insert into db.note (room, kind, key)
    select distinct 'grants', 'asset', app.asset_id::text
    from library.asset a join library.app app on app.asset_id = a.id
    join assignments.assignment wish on wish.app_id = app.id and wish.license_type = 'user'
    where a.location_uid = ${locationUid} and app.platform <> 'book'`.execute(trx);
}

/** A person as the user of one location. */
export interface AppleUser {
  readonly locationUid: string;
  readonly state: 'absent' | 'registered' | 'associated' | 'retired';
  /** A request to Apple about the person is open. */
  readonly underway: boolean;
  readonly errorNumber: number | null;
  readonly errorMessage: string | null;
  /** Other people whose user has the same Apple Account: none of them gets a title that another has (behavior 10). */
  readonly sharesAccountWith: readonly string[];
  /** Enrolled devices of the person on which another Apple Account is signed in to the store. */
  readonly otherAccountOn: readonly string[];
  /** The person has devices enrolled by account beside others: one Managed Apple Account must not serve both (L21). */
  readonly mixedEnrollments: boolean;
}

/** What Apple knows of a person, a row for each location. */
export async function readAppleUsers(
  db: Database,
  personId: string,
): Promise<readonly AppleUser[]> {
  const { rows } = await sql<AppleUser>`
    select u.location_uid, u.state, u.request_id is not null as underway, u.error_number, u.error_message,
      array(select o.person_id::text from associations.apple_user o
        where o.id_hash = u.id_hash and o.location_uid = u.location_uid and o.holder_id <> u.holder_id order by 1) as shares_account_with,
      array(select d.id::text from devices.device d
        where d.person_id = u.person_id and d.management_state = 'managed' and d.store_account_hash <> u.id_hash order by 1) as other_account_on,
      u.managed_apple_id is not null and (select count(distinct d.user_enrollment) > 1 from devices.device d
        where d.person_id = u.person_id and d.management_state = 'managed') as mixed_enrollments
    from associations.apple_user u where u.person_id = ${personId} order by u.location_uid`.execute(
    db,
  );
  return rows;
}
