import { parseNotification } from '@allotment/apps-and-books';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { drainNotes } from '../db/notes.ts';
import { lockStock, settlePairs } from '../grants/index.ts';
import { concludeRefused } from './outcomes.ts';
import { lookAtPeople } from './people.ts';
import { endSettled } from './requests.ts';
import { settleUserEvents } from './user-events.ts';

interface EventRow {
  readonly requestId: number;
  readonly op: string;
  readonly locationUid: string;
  readonly epoch: number;
  readonly result: string | null;
  readonly errorNumber: number | null;
  readonly errorMessage: string | null;
  readonly assetIds: number[];
  readonly holderIds: number[];
}

/** So many notifications, of up to a hundred pairs each, are settled together. */
const notesAtOnce = 200;

/** Settles what Apple's notifications say of our requests. True when there was anything to do. */
export async function drainEvents(context: Context): Promise<boolean> {
  return drainNotes(context.db, 'associations', notesAtOnce, async (trx, notes) => {
    const keysOf = (kind: string): string[] =>
      notes.filter((note) => note.kind === kind).map((note) => note.key);
    await lookAtPeople(trx, keysOf('person'));
    await settleUserEvents(context, trx, await readBodies(trx, named(keysOf('users'))));
    await settleEvents(context, trx, await readEvents(trx, named(keysOf('event'))));
  });
}

/** SQL about the notification `n`: whether it is one of these. */
function named(keys: readonly string[]): RawBuilder<boolean> {
  if (keys.length === 0) return sql<boolean>`false`;
  const parts = keys.map((key) => key.split('\t'));
  return sql<boolean>`(n.location_uid, n.notification_id) in (
    select * from unnest(${parts.map((part) => part[0])}::text[], ${parts.map((part) => part[1])}::text[]))`;
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
    const which = sql<boolean>`n.location_uid = ${locationUid} and n.event_id = ${eventId}`;
    await settleEvents(context, trx, await readEvents(trx, which));
    await settleUserEvents(
      context,
      trx,
      await readBodies(trx, sql<boolean>`${which} and n.type = 'USER_MANAGEMENT'`),
    );
  });
}

async function readBodies(trx: Trx, which: RawBuilder<boolean>) {
  const { rows } = await sql<{ body: unknown }>`
    select n.body from library.notification n where ${which} order by n.received_at`.execute(trx);
  return rows.map(({ body }) => parseNotification(body));
}

/** The pairs, in our ids, that these notifications tell the same of: one row a request and outcome. */
async function readEvents(trx: Trx, which: RawBuilder<boolean>): Promise<readonly EventRow[]> {
  const { rows } = await sql<EventRow>`
    select r.id as request_id, r.op, r.location_uid, r.epoch,
      n.body -> 'notification' ->> 'result' as result,
      (n.body -> 'notification' -> 'error' ->> 'errorNumber')::int as error_number,
      n.body -> 'notification' -> 'error' ->> 'errorMessage' as error_message,
      array_agg(a.id) as asset_ids, array_agg(h.id) as holder_ids
    from library.notification n
    join associations.apple_request r on r.location_uid = n.location_uid and r.event_id = n.event_id
    cross join lateral jsonb_to_recordset(n.body -> 'notification' -> 'assignments')
      as x ("adamId" text, "pricingParam" text, "serialNumber" text, "clientUserId" text)
    join library.asset a on a.location_uid = n.location_uid and a.adam_id = x."adamId"
      and a.pricing_param = coalesce(x."pricingParam", 'STDQ')
    join library.holder h on h.kind = case when x."serialNumber" is null then 'person' else 'device' end
      and h.key = coalesce(x."serialNumber", x."clientUserId")
    where n.type = 'ASSET_MANAGEMENT' and ${which}
    group by r.id, 5, 6, 7
    order by 1`.execute(trx);
  return rows;
}

async function settleEvents(context: Context, trx: Trx, rows: readonly EventRow[]): Promise<void> {
  if (rows.length === 0) return;
  await lockStock(trx, [...new Set(rows.flatMap((row) => row.assetIds))]);
  for (const row of rows) {
    if (row.result === 'SUCCESS') {
      await settlePairs(context, trx, row.requestId, row, { kind: 'done' });
    } else if (row.result === 'FAILURE') {
      const said = {
        number: row.errorNumber ?? 0,
        message: row.errorMessage ?? 'Apple refused without saying why.',
      };
      await concludeRefused(context, trx, { ...row, id: row.requestId }, row, said);
    }
  }
  await endSettled(context, trx, [...new Set(rows.map((row) => row.requestId))]);
}
