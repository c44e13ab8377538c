import { parseNotification } from '@allotment/apps-and-books';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type Note, notesWait, takeNotes } from '../db/notes.ts';
import { actInPortions } from '../db/portions.ts';
import { lockStock, settleDone } from '../grants/index.ts';
import { concludeRefused } from './outcomes.ts';
import { withoutReason } from './refusals.ts';
import { endSettled } from './requests.ts';
import { keepUnknown, readOfOthers } from './unknown-events.ts';
import { settleUserEvents } from './user-events.ts';
import { lockUsers, userIsGone } from './users.ts';

/** What Apple told of one of our requests, in one outcome. */
interface Told {
  readonly requestId: number;
  readonly op: string;
  readonly locationUid: string;
  readonly epoch: number;
  /** Of the whole request: what is told is about some of them. */
  readonly assetIds: number[];
  readonly result: string | null;
  readonly errorNumber: number | null;
  readonly errorMessage: string | null;
}

/** So many notifications, of up to a hundred pairs each, are settled together. */
const notesAtOnce = 200;

/**
 * Settles what Apple's notifications say of our requests.
 *
 * @param kind of notes that are taken; undefined: all
 * @returns whether there was anything to do
 */
export async function drainEvents(context: Context, kind?: 'event'): Promise<boolean> {
  const waiting = await notesWait(context.db, 'associations', context.clock.now());
  const settled = waiting && (await settleWaiting(context, kind));
  // Whoever takes all kinds looks at the events of others also while nothing happens.
  if (settled || kind === undefined) await readOfOthers(context.db);
  return settled;
}

async function settleWaiting(context: Context, kind: 'event' | undefined): Promise<boolean> {
  return actInPortions(context, notesAtOnce, async (portion) =>
    context.db.transaction().execute(async (trx) => {
      const notes = await takeNotes(trx, 'associations', portion, { kind });
      if (notes.length > 0) await settleNotes(context, trx, notes);
      return notes.length > 0;
    }),
  );
}

async function settleNotes(context: Context, trx: Trx, notes: readonly Note[]): Promise<void> {
  const keysOf = (kind: string): string[] =>
    notes.filter((note) => note.kind === kind).map((note) => note.key);
  const [people, users, events] = [keysOf('person'), keysOf('users'), keysOf('event')];
  // The titles first, as everybody does, then requests, then users.
  if (events.length > 0) {
    await settleEvents(context, trx, named(events));
    await keepUnknown(trx, named(events));
  }
  const bodies = users.length > 0 ? await readBodies(trx, named(users)) : [];
  await settleUserEvents(context, trx, bodies, people);
}

const columns = sql`location_uid, notification_id, type, event_id, body, received_at`;

/**
 * SQL: these notifications, as `n`. Each is looked up by its id: the planner, which does not know how many an event has,
 * would read all of the event, bodies and all, for each of them.
 */
function named(keys: readonly string[]): RawBuilder<unknown> {
  const parts = keys.map((key) => key.split('\t'));
  return sql`unnest(${parts.map((part) => part[0])}::text[], ${parts.map((part) => part[1])}::text[]) as key (uid, id)
    cross join lateral (select ${columns} from library.notification
      where location_uid = key.uid and notification_id = key.id offset 0) n`;
}

/**
 * Settles from notifications that arrived before we knew which of our requests their eventId belongs to. The eventId
 * is committed by then: what arrives later is settled when it is drained.
 */
export async function settleArrived(
  context: Context,
  locationUid: string,
  eventId: string,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const arrived = sql`(select ${columns} from library.notification
      where location_uid = ${locationUid} and event_id = ${eventId}) n`;
    await settleEvents(context, trx, arrived);
    const bodies = await readBodies(trx, sql`${arrived} where n.type = 'USER_MANAGEMENT'`);
    await settleUserEvents(context, trx, bodies);
  });
}

async function readBodies(trx: Trx, which: RawBuilder<unknown>) {
  const { rows } = await sql<{ body: unknown }>`
    select n.body from ${which} order by n.received_at`.execute(trx);
  return rows.map(({ body }) => parseNotification(body));
}

/** SQL: those of notifications `n` that tell of our requests `r`. */
const concerning = (which: RawBuilder<unknown>) =>
  sql`${which} join associations.apple_request r on r.location_uid = n.location_uid and r.event_id = n.event_id and n.type = 'ASSET_MANAGEMENT'`;
const resultOf = sql`n.body -> 'notification' ->> 'result'`;
const errorOf = sql`n.body -> 'notification' -> 'error'`;

/** Settles what these notifications say of our requests. A pair that is settled already stays as it is. */
async function settleEvents(context: Context, trx: Trx, which: RawBuilder<unknown>): Promise<void> {
  const { rows: told } = await sql<Told>`
    select r.id as request_id, r.op, r.location_uid, r.epoch, r.asset_ids,
      ${resultOf} as result, (${errorOf} ->> 'errorNumber')::int as error_number, ${errorOf} ->> 'errorMessage' as error_message
    from ${concerning(which)}
    group by r.id, 6, 7, 8 order by r.id`.execute(trx);
  if (told.length === 0) return;
  // Before the titles are locked: whom a notification names never changes, and others may settle meanwhile.
  const done = await pairsDone(trx, which, idsOf(told));
  await lockStock(trx, [...new Set(told.flatMap((one) => one.assetIds))]);
  const failed = told.filter(({ result }) => result === 'FAILURE');
  await lockPeopleOf(trx, idsOf(failed.filter((one) => userIsGone.has(one.errorNumber ?? 0))));
  if (done !== undefined) await settleDone(context, trx, done);
  for (const one of failed) await settleFailure(context, trx, one, which);
  await endSettled(context, trx, idsOf(told));
}

const idsOf = (told: readonly Told[]): readonly number[] => [
  ...new Set(told.map((one) => one.requestId)),
];

/** Failures are settled one by one, and may be about the same people, whom they set aside: all are locked first, in one order. */
async function lockPeopleOf(trx: Trx, requestIds: readonly number[]): Promise<void> {
  if (requestIds.length === 0) return;
  await lockUsers(
    trx,
    sql`select distinct u.location_uid, u.holder_id from grants.open_change c
      join associations.apple_request r on r.id = c.request_id
      join associations.apple_user u on u.location_uid = r.location_uid and u.holder_id = c.holder_id
      where c.request_id = any(${requestIds}::bigint[])`,
  );
}

/**
 * The pairs of some requests that came true, read now, as a query for them. They are many: the driver passes each column
 * on as one text. Of requests that became known a moment ago the titles are not going to be locked.
 *
 * @returns undefined when there are none
 */
async function pairsDone(
  trx: Trx,
  which: RawBuilder<unknown>,
  ofRequests: readonly number[],
): Promise<RawBuilder<unknown> | undefined> {
  const cameTrue = sql<boolean>`${resultOf} = 'SUCCESS' and r.id = any(${ofRequests}::bigint[])`;
  const { rows } = await sql<Record<'requestIds' | 'assetIds' | 'holderIds', string | null>>`
    select string_agg(request_id::text, ',') as request_ids, string_agg(asset_id::text, ',') as asset_ids,
      string_agg(holder_id::text, ',') as holder_ids
    from (${pairsTold(which, cameTrue)}) pair`.execute(trx);
  const { requestIds = null, assetIds, holderIds } = rows[0] ?? {};
  if (requestIds === null) return undefined;
  return sql`select * from unnest(${`{${requestIds}}`}::bigint[], ${`{${assetIds}}`}::int[], ${`{${holderIds}}`}::int[])
    as pair (request_id, asset_id, holder_id)`;
}

/** A query for the pairs, in our ids, that notifications name, with the request that each is of. */
function pairsTold(which: RawBuilder<unknown>, outcome: RawBuilder<boolean>): RawBuilder<unknown> {
  // `offset 0`: unpacked once, not once for each asset of the location.
  return sql`select x.request_id, a.id as asset_id, h.id as holder_id
    from (
      select r.id as request_id, n.location_uid, named.*
      from ${concerning(which)}
      cross join lateral jsonb_to_recordset(n.body -> 'notification' -> 'assignments')
        as named ("adamId" text, "pricingParam" text, "serialNumber" text, "clientUserId" text)
      where ${outcome} offset 0) x
    join library.asset a on a.location_uid = x.location_uid and a.adam_id = x."adamId"
      and a.pricing_param = coalesce(x."pricingParam", 'STDQ')
    join library.holder h on h.kind = case when x."serialNumber" is null then 'person' else 'device' end
      and h.key = coalesce(x."serialNumber", x."clientUserId")`;
}

async function settleFailure(
  context: Context,
  trx: Trx,
  told: Told,
  which: RawBuilder<unknown>,
): Promise<void> {
  const same = sql<boolean>`r.id = ${told.requestId} and ${resultOf} = 'FAILURE'
    and (${errorOf} ->> 'errorNumber')::int is not distinct from ${told.errorNumber}
    and ${errorOf} ->> 'errorMessage' is not distinct from ${told.errorMessage}`;
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select distinct asset_id, holder_id from (${pairsTold(which, same)}) pair`.execute(trx);
  const pairs = {
    assetIds: rows.map((row) => row.assetId),
    holderIds: rows.map((row) => row.holderId),
  };
  await concludeRefused(context, trx, { ...told, id: told.requestId }, pairs, {
    number: told.errorNumber ?? withoutReason.number,
    message: told.errorMessage ?? withoutReason.message,
  });
}
