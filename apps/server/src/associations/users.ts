import type { User } from '@allotment/apps-and-books';
import { retryDelayMs } from '@allotment/licensing';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { sealInviteCode } from './invitations.ts';
import { setUsersAside } from './users-aside.ts';

/** Apple does not know the user, or retired or deleted it: it has to be created (again) before anything else. */
export const userIsGone: ReadonlySet<number> = new Set([9609, 9618, 9620, 9636]);
const exists = 9716;
const badEmail = 9717;
/** The Managed Apple Account cannot be tied to the user; an invitation can. */
const badAccount = new Set([9635, 9641]);

/** What a refusal says. */
export interface Said {
  readonly number: number;
  readonly message: string;
}

/**
 * Locks users in the order of their keys. Whoever changes several of them in one transaction locks them all first: sets
 * come in orders of their own, and two that wait for each other would wait for ever.
 *
 * @param which a query of `location_uid` and `holder_id`
 */
export async function lockUsers(trx: Trx, which: RawBuilder<unknown>): Promise<void> {
  await sql`select from associations.apple_user u join (${which}) w using (location_uid, holder_id)
    order by location_uid, holder_id for update of u`.execute(trx);
}

/** Locks those of requests, or those of them whom something is about. */
export async function lockUsersOf(
  trx: Trx,
  requestIds: readonly number[],
  whom?: Whom,
): Promise<void> {
  await lockUsers(
    trx,
    sql`select u.location_uid, u.holder_id from associations.apple_user u
      where u.request_id = any(${requestIds}::bigint[]) and ${among(whom)}`,
  );
}

/** Some of the people whom a request is about, by Apple's names. Undefined: all that are still open in it. */
export type Whom = readonly string[] | undefined;

/** Gives people back to the writer: their request was not sent, or had no effect. What they are told is told anew. */
export async function reopenUsers(
  trx: Trx,
  requestIds: readonly number[],
  notBefore: readonly Date[],
): Promise<void> {
  await lockUsersOf(trx, requestIds);
  await sql`update associations.apple_user set request_id = null, due = true, email = null, managed_apple_id = null,
      attempts = least(attempts + 1, 1000), retry_at = (${notBefore}::timestamptz[])[least(attempts + 1, ${notBefore.length})]
    where request_id = any(${requestIds}::bigint[])`.execute(trx);
}

/** Hands people of one request to another. */
export async function moveUsers(
  trx: Trx,
  from: number,
  to: number,
  holderIds: readonly number[],
): Promise<void> {
  await sql`update associations.apple_user set request_id = ${to}
    where request_id = ${from} and holder_id = any(${holderIds}::int[])`.execute(trx);
}

/**
 * Takes over what Apple shows of users; those who are not ours leave no trace (Law 8). Of several rows of one user the
 * active one counts.
 *
 * @param since only those that have not changed since: the place in db.change_order at which Apple was asked, or `now`
 *   for a notification, which can be late: it never takes back that a person has accepted
 */
export async function recordUsers(
  context: Context,
  trx: Trx,
  locationUid: string,
  users: readonly User[],
  since: number | 'now',
): Promise<void> {
  const before = since === 'now' ? await nextOrder(trx) : since;
  const shown = new Map<string, User>();
  for (const user of users)
    if (isActive(user) || !shown.has(user.clientUserId)) shown.set(user.clientUserId, user);
  const ours = await trx
    .selectFrom('associations.appleUser as own')
    .innerJoin('library.holder as holder', 'holder.id', 'own.holderId')
    .select(['own.holderId', 'holder.key'])
    .where('own.locationUid', '=', locationUid)
    .where(sql<boolean>`holder.kind = 'person' and holder.key = any(${[...shown.keys()]}::text[])`)
    .execute();
  if (ours.length === 0) return;
  const rows = ours.flatMap(({ holderId, key }) => {
    const user = shown.get(key);
    return user === undefined ? [] : [{ holderId, user }];
  });
  await lockUsers(
    trx,
    sql`select ${locationUid} as location_uid, unnest(${ours.map((own) => own.holderId)}::int[]) as holder_id`,
  );
  // A retired row may stand before the active one of the same user: it is marked with the begin of the walk, so that
  // the active one still counts.
  await sql`with changed as (update associations.apple_user u set state = r.state,
      id_hash = case when r.state = 'associated' then coalesce(r.id_hash, u.id_hash) end,
      invite_code = case when r.state = 'registered' then coalesce(r.invite_code, u.invite_code) end,
      changed = case when r.state = 'retired' then ${before} else nextval('db.change_order') end
    from unnest(${rows.map((row) => row.holderId)}::int[], ${rows.map(({ user }) => stateOf(user))}::text[],
      ${rows.map(({ user }) => user.idHash ?? null)}::text[],
      ${rows.map(({ holderId, user }) => (user.inviteCode === undefined ? null : sealInviteCode(context, locationUid, holderId, user.inviteCode)))}::bytea[])
      as r (holder_id, state, id_hash, invite_code)
    where u.location_uid = ${locationUid} and u.holder_id = r.holder_id
      and (u.changed < ${before} or u.changed = ${before} and r.state <> 'retired')
      and not (u.state = 'associated' and r.state = 'registered' and ${since === 'now'})
      and (u.state <> r.state or r.id_hash is distinct from u.id_hash
        or r.state = 'registered' and r.invite_code is not null and u.invite_code is null)
    returning u.location_uid, u.holder_id, u.state) ${tellDelivery}`.execute(trx);
}

/**
 * Who has accepted can use their licenses, those included that are settled at this moment; who has an invitation can be
 * invited to use what is there: delivery goes on with their devices.
 */
const tellDelivery = sql`insert into db.note (room, kind, key)
  select 'delivery', 'license', d.asset_id || ':' || d.holder_id
  from changed
  join lateral (select * from grants.demand d where d.holder_id = changed.holder_id and d.wanted offset 0) d on true
  join library.asset a on a.id = d.asset_id and a.location_uid = changed.location_uid
  where changed.state = 'associated' or changed.state = 'registered' and (d.held or d.found)`;

/** A place in the order of changes, after all there are. */
export async function nextOrder(db: Database): Promise<number> {
  const { rows } = await sql<{ next: number }>`select nextval('db.change_order') as next`.execute(
    db,
  );
  if (rows[0] === undefined) throw new Error('The database gave no number.');
  return rows[0].next;
}

function isActive(user: User): boolean {
  return user.status === 'Registered' || user.status === 'Associated';
}

function stateOf(user: User): 'registered' | 'associated' | 'retired' {
  if (user.status === 'Associated') return 'associated';
  return user.status === 'Registered' ? 'registered' : 'retired';
}

/** The people of a request came to what was asked for. What Apple said of them in passing was recorded before. */
export async function completeUsers(
  trx: Trx,
  request: { readonly id: number; readonly op: string; readonly locationUid: string },
  whom: Whom,
): Promise<void> {
  const retired = request.op === 'retireUsers';
  await lockUsersOf(trx, [request.id], whom);
  const { numAffectedRows } =
    await sql`update associations.apple_user u set request_id = null, attempts = 0, retry_at = null,
      error_number = case when ${refusedSomething} then u.error_number end,
      error_message = case when ${refusedSomething} then u.error_message end,
      state = case when ${retired} then 'retired' when u.state in ('absent', 'retired') then 'registered' else u.state end,
      invite_code = case when not ${retired} then u.invite_code end, id_hash = case when not ${retired} then u.id_hash end,
      changed = case when ${retired} or u.state in ('absent', 'retired') then nextval('db.change_order') else u.changed end
    where u.request_id = ${request.id} and ${among(whom)}`.execute(trx);
  if ((numAffectedRows ?? 0n) > 0n) await tellOfPeople(trx, request.locationUid);
}

/** An e-mail address or account that Apple did not take goes on being shown. */
const refusedSomething = sql`(u.refused_email is not null or u.refused_managed_apple_id is not null)`;

const among = (whom: Whom) =>
  whom === undefined
    ? sql`true`
    : sql`exists (select from library.holder h where h.id = u.holder_id and h.kind = 'person' and h.key = any(${whom}::text[]))`;

/** Apple refused people of a request: what can be mended here is, the others are tried again after growing pauses. */
export async function refuseUsers(
  context: Context,
  trx: Trx,
  request: { readonly id: number; readonly op: string; readonly locationUid: string },
  whom: Whom,
  { number, message }: Said,
): Promise<void> {
  const now = context.clock.now();
  if (number === exists || (request.op === 'retireUsers' && userIsGone.has(number))) {
    await completeUsers(trx, request, whom);
    await readUsersSoon(trx, request.locationUid, now);
    return;
  }
  await lockUsersOf(trx, [request.id], whom);
  if (request.op === 'updateUsers' && userIsGone.has(number)) {
    await setUsersAside(context, trx, request.id, await openUsers(trx, request.id, whom), {
      number,
      message,
    });
    return;
  }
  const mended = number === badEmail || badAccount.has(number) || userIsGone.has(number);
  const pauses = Array.from(
    { length: 10 },
    (_, step) => new Date(now.getTime() + retryDelayMs(step + 1, context.random)),
  );
  await sql`update associations.apple_user u set request_id = null, due = true, error_number = ${number}, error_message = ${message},
      refused_email = case when ${number === badEmail} then u.email else u.refused_email end,
      refused_managed_apple_id = case when ${badAccount.has(number)} then u.managed_apple_id else u.refused_managed_apple_id end,
      email = null, managed_apple_id = null,
      state = case when ${userIsGone.has(number)} then 'absent' else u.state end,
      attempts = least(u.attempts + 1, 1000),
      retry_at = case when not ${mended} or u.attempts > 2 then (${pauses}::timestamptz[])[least(u.attempts + 1, 10)] end
    where u.request_id = ${request.id} and ${among(whom)}`.execute(trx);
  await tellOfPeople(trx, request.locationUid);
}

/** Completes the people of a request of whom Apple shows what was asked for. An update does not show. */
export async function completeShown(
  trx: Trx,
  request: { readonly id: number; readonly op: string; readonly locationUid: string },
): Promise<void> {
  const states: Readonly<Record<string, readonly string[]>> = {
    createUsers: ['registered', 'associated'],
    retireUsers: ['retired', 'absent'],
  };
  const { rows } = await sql<{ key: string }>`
    select h.key from associations.apple_user u join library.holder h on h.id = u.holder_id
    where u.request_id = ${request.id} and u.state = any(${states[request.op] ?? []}::text[])`.execute(
    trx,
  );
  if (rows.length > 0)
    await completeUsers(
      trx,
      request,
      rows.map((row) => row.key),
    );
}

/** A person accepted an invitation. What does not fit to what is known is read again. */
export async function recordAssociated(
  context: Context,
  trx: Trx,
  locationUid: string,
  users: readonly User[],
): Promise<void> {
  const { rows } = await sql<{ known: number }>`
    with changed as (update associations.apple_user u set state = 'associated', id_hash = r.id_hash, invite_code = null, changed = nextval('db.change_order')
    from unnest(${users.map((user) => user.clientUserId)}::text[], ${users.map((user) => user.idHash ?? null)}::text[]) as r (key, id_hash)
    join library.holder h on h.kind = 'person' and h.key = r.key
    where u.location_uid = ${locationUid} and u.holder_id = h.id and u.state in ('registered', 'associated')
    returning u.location_uid, u.holder_id, u.state), told as (${tellDelivery})
    select count(*)::int as known from changed`.execute(trx);
  await tellOfPeople(trx, locationUid);
  if ((rows[0]?.known ?? 0) < users.length)
    await readUsersSoon(trx, locationUid, context.clock.now());
}

async function openUsers(trx: Trx, requestId: number, whom: Whom): Promise<readonly number[]> {
  const { rows } = await sql<{ holderId: number }>`
    select u.holder_id from associations.apple_user u where u.request_id = ${requestId} and ${among(whom)}`.execute(
    trx,
  );
  return rows.map((row) => row.holderId);
}

export async function hasOpenUsers(db: Database, requestId: number): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`select exists (
    select from associations.apple_user where request_id = ${requestId}) as open`.execute(db);
  return rows[0]?.open === true;
}

/** Asks for a fresh look at the users of a location. */
export async function readUsersSoon(db: Database, locationUid: string, now: Date): Promise<void> {
  await sql`insert into associations.people (location_uid, read_due_at) values (${locationUid}, ${now})
    on conflict (location_uid) do update set read_due_at = least(people.read_due_at, excluded.read_due_at)`.execute(
    db,
  );
}

/** The writer may have something to send now, and screens something to show. */
async function tellOfPeople(trx: Trx, locationUid: string): Promise<void> {
  await sql`insert into db.note (room, kind, key) values ('associations', 'location', ${locationUid})`.execute(
    trx,
  );
  await hint(trx, 'status', 'locations');
}
