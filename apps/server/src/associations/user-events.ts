import type { Notification } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { lookAtPeople } from './people.ts';
import { endSettled } from './requests.ts';
import {
  completeUsers,
  lockUsers,
  readUsersSoon,
  recordAssociated,
  recordUsers,
  refuseUsers,
} from './users.ts';

/**
 * Takes over what notifications say of users: the results of our own requests, and that a person has accepted. Anything
 * else only marks that the users are to be read again. And looks at some people, who changed here.
 */
export async function settleUserEvents(
  context: Context,
  trx: Trx,
  notifications: readonly Notification[],
  personIds: readonly string[] = [],
): Promise<void> {
  await lockNamed(trx, notifications, personIds);
  await lookAtPeople(trx, personIds);
  for (const one of notifications) {
    if (one.type === 'USER_ASSOCIATED') {
      await recordAssociated(context, trx, one.uId, one.users);
    } else if (one.type === 'USER_MANAGEMENT') {
      const request = await requestOf(trx, one.uId, one.eventId);
      if (request === undefined) await readUsersSoon(trx, one.uId, context.clock.now());
      else await settle(context, trx, request, one);
    }
  }
}

/**
 * Locks the users whom notifications name, and those of some people, before anything is made of either; their requests
 * first, as everybody does.
 */
async function lockNamed(
  trx: Trx,
  notifications: readonly Notification[],
  personIds: readonly string[],
): Promise<void> {
  const named = notifications.flatMap((one) =>
    one.type === 'USER_ASSOCIATED' || one.type === 'USER_MANAGEMENT'
      ? one.users.map(({ clientUserId }) => ({ uId: one.uId, clientUserId }))
      : [],
  );
  if (named.length + personIds.length === 0) return;
  const events = notifications.flatMap((one) => (one.type === 'USER_MANAGEMENT' ? [one] : []));
  await sql`select from associations.apple_request
    where (location_uid, event_id) in (select * from unnest(
      ${events.map(({ uId }) => uId)}::text[], ${events.map(({ eventId }) => eventId ?? null)}::text[]))
    order by id for update`.execute(trx);
  await lockUsers(
    trx,
    sql`select n.uid as location_uid, h.id as holder_id
      from unnest(${named.map(({ uId }) => uId)}::text[], ${named.map((one) => one.clientUserId)}::text[]) as n (uid, key)
      join library.holder h on h.kind = 'person' and h.key = n.key
      union
      select location_uid, holder_id from associations.apple_user where person_id = any(${personIds}::uuid[])`,
  );
}

async function requestOf(trx: Trx, locationUid: string, eventId: string | undefined) {
  if (eventId === undefined) return undefined;
  return trx
    .selectFrom('associations.appleRequest')
    .select(['id', 'op', 'locationUid'])
    .where('locationUid', '=', locationUid)
    .where('eventId', '=', eventId)
    .executeTakeFirst();
}

async function settle(
  context: Context,
  trx: Trx,
  request: { readonly id: number; readonly op: string; readonly locationUid: string },
  told: Extract<Notification, { type: 'USER_MANAGEMENT' }>,
): Promise<void> {
  const whom = told.users.map((user) => user.clientUserId);
  if (told.succeeded) {
    if (request.op !== 'retireUsers')
      await recordUsers(context, trx, request.locationUid, told.users, 'now');
    await completeUsers(trx, request, whom);
  } else {
    await refuseUsers(context, trx, request, whom, {
      number: told.failure?.errorNumber ?? 0,
      message: told.failure?.errorMessage ?? 'Apple refused without saying why.',
    });
  }
  await endSettled(context, trx, [request.id]);
}
