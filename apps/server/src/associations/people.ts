import type { UserChange } from '@allotment/apps-and-books';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import type { Lease } from './lease.ts';
import { type AppleRequest, type UserOp, writeRequests } from './requests.ts';

/** Licenses of people wait so long at most for all users that are being created, so that they share requests. */
const patienceMs = 2 * 60_000;
/** How soon a person who left and still holds something is looked at again. */
const lookAgainMs = 60_000;
/** People planned at a time; the others are planned next. */
const peopleAtOnce = 10_000;

const isThere = sql`u.state in ('registered', 'associated')`;

/**
 * SQL about the change `c` and its holder `h`: whether it can be sent. A license is assigned to a person whose user
 * exists at the location.
 */
export async function sendableChanges(
  context: Context,
  db: Database,
  locationUid: string,
): Promise<RawBuilder<boolean>> {
  const { rows } = await sql<{
    creating: boolean;
  }>`select exists (select from associations.apple_request
    where location_uid = ${locationUid} and op = 'createUsers' and state in ('planned', 'sending', 'accepted', 'unknown')) as creating`.execute(
    db,
  );
  const since = new Date(context.clock.now().getTime() - patienceMs);
  const together =
    rows[0]?.creating === true ? sql`(c.urgent or c.created_at < ${since})` : sql`true`;
  return sql<boolean>`(h.kind = 'device' or c.op = 'disassociate' or ${together} and exists (
    select from associations.apple_user u where u.location_uid = ${locationUid} and u.holder_id = c.holder_id and ${isThere}))`;
}

/** The people who are to get a license and are not users of the location yet, or no more. */
export async function wantUsers(trx: Trx, locationUid: string): Promise<void> {
  await sql`insert into associations.apple_user (location_uid, holder_id, person_id, due)
    select distinct ${locationUid}, h.id, h.person_id, true
    from grants.open_change c
    join library.asset a on a.id = c.asset_id and a.location_uid = ${locationUid}
    join library.holder h on h.id = c.holder_id and h.kind = 'person' and h.person_id is not null
    left join associations.apple_user u on u.location_uid = ${locationUid} and u.holder_id = h.id
    where c.request_id is null and c.op = 'associate'
      and (u.holder_id is null or not ${isThere} and not u.due and u.request_id is null)
    order by h.id
    on conflict (location_uid, holder_id) do update set due = true`.execute(trx);
}

interface Planned {
  readonly holderId: number;
  readonly op: UserOp;
  readonly email: string | null;
  readonly managedAppleId: string | null;
}

/**
 * Writes the requests that bring the users of a location up to date with the directory: creates who is to get a
 * license, tells of changed addresses, retires who has left the organization and holds nothing there any more. A book
 * is never given back and keeps nobody.
 *
 * @returns whether any was written
 */
export async function planUsers(
  context: Context,
  trx: Trx,
  lease: Lease,
  maxUsers: number,
): Promise<boolean> {
  const { locationUid } = lease;
  await wantUsers(trx, locationUid);
  const people = await lookAtDue(context, trx, locationUid);
  const drafts = (['retireUsers', 'createUsers', 'updateUsers'] as const).flatMap((op) =>
    inPortions(
      people.filter((person) => person.op === op).map((person) => person.holderId),
      maxUsers,
    ).map((holderIds) => ({ op, urgent: true, assetIds: [], holderIds })),
  );
  const ids = await writeRequests(context, trx, lease, drafts);
  const requestOf = new Map(
    drafts.flatMap(({ holderIds }, i) => holderIds.map((holder) => [holder, ids[i] ?? 0] as const)),
  );
  await sql`update associations.apple_user u set due = false, request_id = r.request_id,
      email = coalesce(r.email, u.email), managed_apple_id = coalesce(r.managed, u.managed_apple_id)
    from unnest(${people.map((one) => one.holderId)}::int[], ${people.map((one) => requestOf.get(one.holderId) ?? 0)}::bigint[],
      ${people.map((one) => one.email)}::text[], ${people.map((one) => one.managedAppleId)}::text[]) as r (holder_id, request_id, email, managed)
    where u.location_uid = ${locationUid} and u.holder_id = r.holder_id`.execute(trx);
  return ids.length > 0;
}

/**
 * What is to be done with the people who are due; those with nothing to do are due no more. Those whom a process that
 * lost the lease is planning at this moment are left to it: its request is given back, and they are due again.
 */
async function lookAtDue(
  context: Context,
  trx: Trx,
  locationUid: string,
): Promise<readonly Planned[]> {
  const now = context.clock.now();
  const { rows } = await sql<Planned>`
    with due as (
      select u.holder_id, u.state, p.id is null as gone, w.email, w.managed,
        w.email is distinct from u.email and w.email is not null
          or w.managed is distinct from u.managed_apple_id and w.managed is not null as changed
      from associations.apple_user u
      left join directory.person p on p.id = u.person_id and p.deleted_at is null
      join library.location l on l.uid = u.location_uid
      cross join lateral (select case l.managed_apple_id_from
        when 'userPrincipalName' then p.user_principal_name else p.managed_apple_id end as name) account
      cross join lateral (select
        nullif(p.mail, u.refused_email) as email,
        case when not exists (select from library.token t where lower(t.apple_id) = lower(account.name))
          then nullif(account.name, u.refused_managed_apple_id) end as managed) w
      where u.location_uid = ${locationUid} and u.due and u.request_id is null and (u.retry_at is null or u.retry_at <= ${now})
      order by u.holder_id limit ${peopleAtOnce} for update of u skip locked
    ), looked as (
      select holder_id, email, managed, case
        when gone and state not in ('registered', 'associated') then 'nothing'
        when gone and ${holdsSomething(locationUid)} then 'wait'
        when gone then 'retireUsers'
        when state not in ('registered', 'associated') then 'createUsers'
        when changed then 'updateUsers'
        else 'nothing' end as op
      from due
    ), over as (
      update associations.apple_user u set due = l.op = 'wait',
        retry_at = case when l.op = 'wait' then ${new Date(now.getTime() + lookAgainMs)}::timestamptz end
      from looked l where u.location_uid = ${locationUid} and u.holder_id = l.holder_id and l.op in ('nothing', 'wait'))
    select holder_id, op, email, managed as managed_apple_id from looked
    where op not in ('nothing', 'wait') order by holder_id`.execute(trx);
  return rows;
}

/** SQL: whether somebody who is due still has a license there that retiring would take along, or a change is open. */
const holdsSomething = (locationUid: string) => sql`exists (
  select from library.asset a
  where a.location_uid = ${locationUid} and (
    a.revocable and exists (select from grants.demand d where d.asset_id = a.id and d.holder_id = due.holder_id and d.granted)
    or a.revocable and exists (select from library.license s where s.asset_id = a.id and s.holder_id = due.holder_id and s.present)
    or exists (select from grants.open_change c where c.asset_id = a.id and c.holder_id = due.holder_id)))`;

function inPortions(ids: readonly number[], size: number): readonly number[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, i) =>
    ids.slice(i * size, (i + 1) * size),
  );
}

/** The people of a request in Apple's words, in the order of our ids. */
export async function appleUsers(
  db: Database,
  request: AppleRequest,
): Promise<readonly UserChange[]> {
  const { rows } = await sql<{
    key: string;
    email: string | null;
    managedAppleId: string | null;
  }>`select h.key, u.email, u.managed_apple_id
    from associations.apple_user u join library.holder h on h.id = u.holder_id
    where u.request_id = ${request.id} order by u.holder_id`.execute(db);
  return rows.map(({ key, email, managedAppleId }) => ({
    clientUserId: key,
    ...(email === null ? {} : { email }),
    ...(managedAppleId === null ? {} : { managedAppleId }),
  }));
}

/** What may have to be told of these people is looked at: they changed, or left the organization. */
export async function lookAtPeople(trx: Trx, personIds: readonly string[]): Promise<void> {
  await sql`update associations.apple_user set due = true, retry_at = null
    where person_id = any(${personIds}::uuid[])`.execute(trx);
}
