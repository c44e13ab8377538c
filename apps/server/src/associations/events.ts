import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { drainNotes } from '../db/notes.ts';
import { type Outcome, lockStock, settlePairs } from '../grants/index.ts';

interface EventRow {
  readonly requestId: number;
  readonly result: string | null;
  readonly errorNumber: number | null;
  readonly errorMessage: string | null;
  readonly assetIds: number[];
  readonly holderIds: number[];
}

const notesAtOnce = 500;

/** Settles what Apple's notifications say of our requests. True when there was anything to do. */
export async function drainEvents(context: Context): Promise<boolean> {
  return drainNotes(context.db, 'associations', notesAtOnce, async (trx, notes) => {
    const events = notes
      .filter((note) => note.kind === 'event')
      .map((note) => note.key.split('\t'));
    const rows = await readEvents(
      trx,
      sql`(n.location_uid, n.notification_id) in (
      select * from unnest(${events.map((key) => key[0])}::text[], ${events.map((key) => key[1])}::text[]))`,
    );
    await settleEvents(context, trx, rows);
  });
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
    const which = sql`n.location_uid = ${locationUid} and n.event_id = ${eventId}`;
    await settleEvents(context, trx, await readEvents(trx, which));
  });
}

/** Ends the requests of which no pair is open any more. */
export async function endSettled(
  context: Context,
  trx: Trx,
  requestIds: readonly number[],
): Promise<void> {
  await sql`update associations.apple_request r set state = 'settled', settled_at = ${context.clock.now()}, next_check_at = null
    where r.id = any(${requestIds}::bigint[]) and r.state in ('accepted', 'unknown', 'sending')
      and not exists (select from grants.open_change c where c.request_id = r.id)`.execute(trx);
}

/** The pairs, in our ids, that these notifications tell the same of: one row a request and outcome. */
async function readEvents(trx: Trx, which: ReturnType<typeof sql>): Promise<readonly EventRow[]> {
  const { rows } = await sql<EventRow>`
    select r.id as request_id,
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
    where ${which}
    group by 1, 2, 3, 4
    order by 1`.execute(trx);
  return rows;
}

async function settleEvents(context: Context, trx: Trx, rows: readonly EventRow[]): Promise<void> {
  await lockStock(trx, [...new Set(rows.flatMap((row) => row.assetIds))]);
  for (const row of rows) {
    const outcome = outcomeOf(row);
    if (outcome !== undefined) await settlePairs(context, trx, row.requestId, row, outcome);
  }
  await endSettled(context, trx, [...new Set(rows.map((row) => row.requestId))]);
}

function outcomeOf(row: EventRow): Outcome | undefined {
  if (row.result === 'SUCCESS') return { kind: 'done' };
  if (row.result !== 'FAILURE') return undefined;
  return {
    kind: 'refused',
    number: row.errorNumber ?? 0,
    message: row.errorMessage ?? 'Apple refused without saying why.',
  };
}
