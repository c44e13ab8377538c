import { AppsAndBooksError, type LocationClient } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { hint } from '../db/hints.ts';
import { credentialFor, markCredential } from '../library/index.ts';
import { nextOrder, recordUsers } from './users.ts';

/** All users are read this often; in between, only what changed since, when something asks for it. */
const allEveryMs = 12 * 60 * 60_000;
/** A reading that was begun and never ended is begun again after this long. */
const againMs = 10 * 60_000;
const invalidVersion = 9721;

/** Reads the users of one location where that is due. Reading needs no lease. @returns whether there may be more */
export async function readDueUsers(context: Context, signal: AbortSignal): Promise<boolean> {
  const now = context.clock.now();
  const { rows } = await sql<{ locationUid: string }>`
    insert into associations.people as p (location_uid, read_due_at)
    select l.uid, ${new Date(now.getTime() + againMs)}::timestamptz from library.location l
    left join associations.people known on known.location_uid = l.uid
    where l.owner_state = 'ours' and (known.read_due_at is null or known.read_due_at <= ${now})
      and exists (select from library.token t where t.location_uid = l.uid and t.state = 'valid')
    order by l.uid limit 1
    on conflict (location_uid) do update set read_due_at = excluded.read_due_at
    returning location_uid`.execute(context.db);
  const [due] = rows;
  if (due === undefined) return false;
  const { locationUid } = due;
  const credential = await credentialFor(context, locationUid);
  if (!credential.usable) return true;
  try {
    await readUsers(context, credential.client, locationUid, signal, now);
  } catch (error) {
    if (!(error instanceof AppsAndBooksError)) throw error;
    await markCredential(context, locationUid, error, credential.tokenId);
    context.log.warn({ err: error, location: locationUid }, 'the users were not read');
  }
  return true;
}

/**
 * Reads what changed of a location's users since the last time, now and then all of them. Of those who are not ours
 * only the number is kept (Law 8), counted when all are read.
 *
 * @param began when the reading began, as far as others see: who asks for one since then is given another
 * @throws AppsAndBooksError
 */
export async function readUsers(
  context: Context,
  client: LocationClient,
  locationUid: string,
  signal: AbortSignal,
  began = context.clock.now(),
): Promise<void> {
  const known = await context.db
    .selectFrom('associations.people')
    .select(['usersVersion', 'readAllAt'])
    .where('locationUid', '=', locationUid)
    .executeTakeFirst();
  const since =
    (known?.readAllAt?.getTime() ?? 0) > began.getTime() - allEveryMs
      ? (known?.usersVersion ?? undefined)
      : undefined;
  try {
    await walk(context, client, { locationUid, since, began }, signal);
  } catch (error) {
    if (!(error instanceof AppsAndBooksError) || error.number !== invalidVersion) throw error;
    await walk(context, client, { locationUid, since: undefined, began }, signal);
  }
}

interface Walk {
  readonly locationUid: string;
  /** Apple's version to go on from; undefined: all users. */
  readonly since: string | undefined;
  readonly began: Date;
}

async function walk(
  context: Context,
  client: LocationClient,
  { locationUid, since, began }: Walk,
  signal: AbortSignal,
): Promise<void> {
  const order = await nextOrder(context.db);
  let attempt = 0;
  let active = 0;
  const result = await client.users(
    since === undefined ? {} : { sinceVersionId: since },
    async (page) => {
      if (page.attempt !== attempt) active = 0;
      attempt = page.attempt;
      active += page.rows.filter(
        ({ status }) => status === 'Registered' || status === 'Associated',
      ).length;
      await context.db
        .transaction()
        .execute(async (trx) => recordUsers(context, trx, locationUid, page.rows, order));
    },
    signal,
  );
  const all = since === undefined;
  await sql`insert into associations.people as p (location_uid, users_version, read_at, read_all_at, read_due_at)
    values (${locationUid}, ${result.clean ? (result.versionId ?? null) : null}, ${began}, ${all ? began : null}, ${new Date(began.getTime() + allEveryMs)})
    on conflict (location_uid) do update set read_at = excluded.read_at,
      read_due_at = case when ${askedMeanwhile(began)} then p.read_due_at else excluded.read_due_at end,
      users_version = case when ${result.clean} then excluded.users_version else p.users_version end,
      read_all_at = coalesce(excluded.read_all_at, p.read_all_at)`.execute(context.db);
  if (all && result.clean) await countForeign(context, locationUid, active);
  await sql`insert into db.note (room, kind, key) values ('associations', 'location', ${locationUid})`.execute(
    context.db,
  );
}

/** SQL: whether somebody asked for a fresh look after this one had begun. */
const askedMeanwhile = (began: Date) =>
  sql`p.read_due_at >= ${began} and p.read_due_at < ${new Date(began.getTime() + againMs)}`;

/** Apple's active users less ours. */
async function countForeign(context: Context, locationUid: string, active: number): Promise<void> {
  await sql`update associations.people set foreign_users = greatest(0, ${active} - (
      select count(*)::int from associations.apple_user u
      where u.location_uid = ${locationUid} and u.state in ('registered', 'associated')))
    where location_uid = ${locationUid}`.execute(context.db);
  await hint(context.db, 'tokens', 'locations');
}
