import type { LocationClient, User } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type AppleRequest, endSettled, giveBack } from './requests.ts';
import { completeShown, hasOpenUsers, lockUsersOf, nextOrder, recordUsers } from './users.ts';

/** More users than this are looked up by reading all of the location. */
const mostSingleLookUps = 20;
/** The pause before users whom Apple shows, and does not know, are told of again. */
const tellAgainMs = 10 * 60_000;

/**
 * Finds out whether users are there of whom Apple said that it does not know them: it says so of users, too, whom it
 * has only just created. Those it shows stay as they are, the others are created again.
 *
 * @throws AppsAndBooksError when Apple cannot be asked now
 */
export async function askAboutUsers(
  context: Context,
  request: AppleRequest,
  client: LocationClient,
  signal: AbortSignal,
): Promise<void> {
  const began = await nextOrder(context.db);
  const names = await namesOf(context, request);
  const shown = await lookUp(names, client, signal);
  await context.db.transaction().execute(async (trx) => {
    await lockUsersOf(trx, [request.id]);
    await recordUsers(context, trx, request.locationUid, shown, began);
    await completeShown(trx, request);
    const now = context.clock.now();
    await tellLater(trx, request, now);
    await endSettled(context, trx, [request.id]);
    if (!(await hasOpenUsers(trx, request.id))) return;
    await giveBack(trx, request, 'abandoned', now, [now], {
      message: 'Apple does not show these users: they are created again.',
    });
  });
}

/** Apple shows them, and a moment ago it would not be told anything of them. */
async function tellLater(trx: Trx, request: AppleRequest, now: Date): Promise<void> {
  await sql`update associations.apple_user set retry_at = ${new Date(now.getTime() + tellAgainMs)}
    where location_uid = ${request.locationUid} and holder_id = any(${request.holderIds}::int[])
      and request_id is null and due`.execute(trx);
}

async function namesOf(context: Context, request: AppleRequest): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    select h.key from associations.apple_user u join library.holder h on h.id = u.holder_id
    where u.request_id = ${request.id} order by u.holder_id`.execute(context.db);
  return rows.map((row) => row.key);
}

async function lookUp(
  names: readonly string[],
  client: LocationClient,
  signal: AbortSignal,
): Promise<readonly User[]> {
  const wanted = new Set(names);
  const shown: User[] = [];
  const filters =
    names.length <= mostSingleLookUps ? names.map((clientUserId) => ({ clientUserId })) : [{}];
  for (const filter of filters) {
    await client.users(
      filter,
      async ({ rows }) => {
        shown.push(...rows.filter(({ clientUserId }) => wanted.has(clientUserId)));
      },
      signal,
    );
  }
  return shown;
}

/**
 * The people of pairs that are still open in a request, and of whom Apple is thought to know: word that comes late, of
 * pairs that have come to something since, says nothing of them any more.
 */
export async function knownUsersOf(
  trx: Trx,
  request: { readonly id: number; readonly locationUid: string },
  holderIds: readonly number[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ holderId: number }>`
    select u.holder_id from associations.apple_user u
    where u.location_uid = ${request.locationUid} and u.holder_id = any(${holderIds}::int[])
      and u.request_id is null and u.state in ('registered', 'associated')
      and exists (select from grants.open_change c where c.request_id = ${request.id} and c.holder_id = u.holder_id)
    order by u.holder_id for update of u`.execute(trx);
  return rows.map((row) => row.holderId);
}
