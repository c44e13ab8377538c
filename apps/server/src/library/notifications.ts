import { type Notification, parseNotification } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { requestAssignments, requestCounts } from './counts.ts';
import { enqueueSync } from './sync-queue.ts';

const atOnce = 200;

/**
 * Makes something of the stored notifications that nobody was told of when they came. @returns whether more may wait
 */
export async function applyNotifications(context: Context): Promise<boolean> {
  return context.db.transaction().execute(async (trx) => {
    const waiting = await trx
      .selectFrom('library.notification')
      .select(['notificationId', 'locationUid', 'body'])
      .where('appliedAt', 'is', null)
      .orderBy('receivedAt')
      .limit(atOnce)
      .forUpdate()
      .skipLocked()
      .execute();
    if (waiting.length === 0) return false;
    await apply(
      context,
      trx,
      waiting.map(({ body }) => parseNotification(body)),
    );
    await sql`update library.notification n set applied_at = ${context.clock.now()}, outcome = 'applied'
      from unnest(${waiting.map((one) => one.locationUid)}::text[], ${waiting.map((one) => one.notificationId)}::text[]) as r (uid, id)
      where n.location_uid = r.uid and n.notification_id = r.id`.execute(trx);
    await hint(trx, 'locations');
    return waiting.length === atOnce;
  });
}

interface NamedAsset {
  readonly uId: string;
  readonly adamId: string;
  readonly pricingParam: string;
}

/**
 * They only say what to read again: a change of counts can overtake a sync that includes it, and what is not known yet
 * may concern anything. The results of our own requests are settled by `associations`, which the inbox tells of them.
 */
async function apply(
  context: Context,
  trx: Trx,
  notifications: readonly Notification[],
): Promise<void> {
  const counted: NamedAsset[] = [];
  const reassigned: NamedAsset[] = [];
  const unclear = new Set<string>();
  for (const one of notifications) {
    if (one.type === 'ASSET_COUNT') counted.push(one);
    else if (one.type === 'other') unclear.add(one.uId);
    else if (one.type === 'ASSET_MANAGEMENT')
      reassigned.push(...one.assignments.map((row) => ({ ...row, uId: one.uId })));
  }
  await requestAssignments(trx, (await findAssets(trx, reassigned)).known);
  const { known, unknown } = await findAssets(trx, counted);
  await requestCounts(trx, known);
  await syncLocations(context, trx, [...unclear, ...unknown]);
}

/** The ids of these assets, and the locations of those that are new to us. */
async function findAssets(
  trx: Trx,
  assets: readonly NamedAsset[],
): Promise<{ readonly known: readonly number[]; readonly unknown: readonly string[] }> {
  if (assets.length === 0) return { known: [], unknown: [] };
  const { rows } = await sql<{ uid: string; id: number | null }>`
    select distinct r.uid, a.id
    from unnest(${assets.map((one) => one.uId)}::text[], ${assets.map((one) => one.adamId)}::text[], ${assets.map((one) => one.pricingParam)}::text[])
      as r (uid, adam_id, pricing_param)
    left join library.asset a on a.location_uid = r.uid and a.adam_id = r.adam_id and a.pricing_param = r.pricing_param`.execute(
    trx,
  );
  return {
    known: rows.flatMap(({ id }) => id ?? []),
    unknown: rows.filter(({ id }) => id === null).map(({ uid }) => uid),
  };
}

async function syncLocations(context: Context, trx: Trx, uids: readonly string[]): Promise<void> {
  if (uids.length === 0) return;
  const tokens = await trx
    .selectFrom('library.token')
    .select('id')
    .where('locationUid', 'in', uids)
    .where('state', '=', 'valid')
    .orderBy('id')
    .forUpdate()
    .execute();
  for (const { id } of tokens) await enqueueSync(context, trx, id, 'notification');
}
