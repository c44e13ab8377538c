import type { LicenseChange } from '@allotment/apps-and-books';
import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import type { AssociationsAppleRequest } from '../db/generated/tables.ts';
import { reopenPairs } from '../grants/index.ts';
import { type Lease, leaseHolds } from './lease.ts';

export type AppleRequest = Selectable<AssociationsAppleRequest>;

/** A request's rectangle in Apple's words, in the order of our ids. */
export async function appleTargets(db: Database, request: AppleRequest): Promise<LicenseChange> {
  const assets = await db
    .selectFrom('library.asset')
    .select(['adamId', 'pricingParam'])
    .where('id', 'in', request.assetIds)
    .orderBy('id')
    .execute();
  const { rows: holders } = await sql<{ kind: string; key: string }>`
    select kind, key from library.holder where id = any(${request.holderIds}::int[]) order by id`.execute(
    db,
  );
  const keys = (kind: string): string[] =>
    holders.filter((holder) => holder.kind === kind).map((holder) => holder.key);
  const [serialNumbers, clientUserIds] = [keys('device'), keys('person')];
  return {
    assets,
    ...(serialNumbers.length === 0 ? {} : { serialNumbers }),
    ...(clientUserIds.length === 0 ? {} : { clientUserIds }),
  };
}

/**
 * Finds out where whoever held the lease before stood (another process, or this one before an error): what it had
 * not sent goes back to the open changes; what it was sending has an unknown outcome; and after a take-over, what
 * Apple had accepted is asked about at once.
 */
export async function recover(context: Context, lease: Lease): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction().execute(async (trx) => {
    await giveBackPlanned(trx, lease.locationUid, lease.epoch - 1, now);
    await trx
      .updateTable('associations.appleRequest')
      .set({ state: 'unknown', nextCheckAt: now })
      .where('locationUid', '=', lease.locationUid)
      .where('state', '=', 'sending')
      .where('epoch', '<=', lease.epoch)
      .execute();
    if (!lease.taken) return;
    await trx
      .updateTable('associations.appleRequest')
      .set({ nextCheckAt: now })
      .where('locationUid', '=', lease.locationUid)
      .where('state', '=', 'accepted')
      .where('epoch', '<', lease.epoch)
      .execute();
  });
}

/** What was planned up to an epoch and never sent goes back to the open changes: decisions can still drop it there. */
export async function giveBackPlanned(
  trx: Trx,
  locationUid: string,
  epoch: number,
  now: Date,
): Promise<void> {
  const planned = await trx
    .selectFrom('associations.appleRequest')
    .select('id')
    .where('locationUid', '=', locationUid)
    .where('state', '=', 'planned')
    .where('epoch', '<=', epoch)
    .execute();
  const ids = planned.map((request) => request.id);
  if (ids.length === 0) return;
  await reopenPairs(trx, ids, [now]);
  await trx
    .updateTable('associations.appleRequest')
    .set({ state: 'abandoned', settledAt: now })
    .where('id', 'in', ids)
    .execute();
}

/** The next unsent request of the lease. */
export async function nextPlanned(db: Database, lease: Lease): Promise<AppleRequest | undefined> {
  return db
    .selectFrom('associations.appleRequest')
    .selectAll()
    .where('locationUid', '=', lease.locationUid)
    .where('state', '=', 'planned')
    .where('epoch', '=', lease.epoch)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/**
 * Marks a request as being sent, in the same statement that checks the lease: a stale epoch sends nothing (Law 5),
 * nobody sends what somebody else is sending, and a location that was just paused is left alone (Law 11).
 *
 * @returns undefined when it must not be sent
 */
export async function markSending(
  context: Context,
  lease: Lease,
  requestId: number,
): Promise<AppleRequest | undefined> {
  return context.db
    .updateTable('associations.appleRequest')
    .set((set) => ({
      state: 'sending',
      sentAt: context.clock.now(),
      attempts: set('attempts', '+', 1),
    }))
    .where('id', '=', requestId)
    .where('state', '=', 'planned')
    .where('epoch', '=', lease.epoch)
    .where(leaseHolds(lease))
    .where(
      sql<boolean>`exists (select from library.location l where l.uid = ${lease.locationUid} and l.paused_at is null)`,
    )
    .returningAll()
    .executeTakeFirst();
}

/**
 * Ends a request without a result: its pairs, where still open, go back to the writer.
 *
 * @param notBefore when they may be sent again, by how often they were given back before
 */
export async function giveBack(
  trx: Trx,
  request: AppleRequest,
  state: 'refused' | 'abandoned',
  now: Date,
  notBefore: readonly Date[],
  error: { readonly number?: number | undefined; readonly message: string },
): Promise<void> {
  await reopenPairs(trx, [request.id], notBefore);
  await trx
    .updateTable('associations.appleRequest')
    .set({
      state,
      settledAt: now,
      nextCheckAt: null,
      errorNumber: error.number ?? null,
      errorMessage: error.message,
    })
    .where('id', '=', request.id)
    .execute();
}
