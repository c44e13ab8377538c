import type { LicenseChange } from '@allotment/apps-and-books';
import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import type { AssociationsAppleRequest } from '../db/generated/tables.ts';
import { reopenPairs } from '../grants/index.ts';
import { type Lease, leaseHolds } from './lease.ts';

export type AppleRequest = Selectable<AssociationsAppleRequest>;

/** A request's rectangle in Apple's words, in the order of our ids. */
export async function appleTargets(
  context: Context,
  request: AppleRequest,
): Promise<LicenseChange> {
  const assets = await context.db
    .selectFrom('library.asset')
    .select(['adamId', 'pricingParam'])
    .where('id', 'in', request.assetIds)
    .orderBy('id')
    .execute();
  const { rows: holders } = await sql<{ kind: string; key: string }>`
    select kind, key from library.holder where id = any(${request.holderIds}::int[]) order by id`.execute(
    context.db,
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
    const planned = await trx
      .updateTable('associations.appleRequest')
      .set({ state: 'abandoned', settledAt: now })
      .where('locationUid', '=', lease.locationUid)
      .where('state', '=', 'planned')
      .where('epoch', '<', lease.epoch)
      .returning('id')
      .execute();
    for (const request of planned) await reopenPairs(trx, request.id, now);
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

/**
 * The next unsent request of the lease, marked as being sent in the same statement that checks the lease: a stale
 * epoch sends nothing (Law 5).
 */
export async function startNext(context: Context, lease: Lease): Promise<AppleRequest | undefined> {
  return context.db
    .updateTable('associations.appleRequest')
    .set((set) => ({
      state: 'sending',
      sentAt: context.clock.now(),
      attempts: set('attempts', '+', 1),
    }))
    .where('id', '=', (sub) =>
      sub
        .selectFrom('associations.appleRequest')
        .select((one) => one.fn.min('id').as('id'))
        .where('locationUid', '=', lease.locationUid)
        .where('state', '=', 'planned')
        .where('epoch', '=', lease.epoch),
    )
    .where(leaseHolds(lease))
    .returningAll()
    .executeTakeFirst();
}

/** Ends a request without a result: its pairs, where still open, go back to the writer. */
export async function giveBack(
  trx: Trx,
  request: AppleRequest,
  state: 'refused' | 'abandoned',
  notBefore: Date,
  error?: { readonly number: number | undefined; readonly message: string },
): Promise<void> {
  await trx
    .updateTable('associations.appleRequest')
    .set({
      state,
      settledAt: notBefore,
      nextCheckAt: null,
      errorNumber: error?.number ?? null,
      errorMessage: error?.message ?? null,
    })
    .where('id', '=', request.id)
    .execute();
  await reopenPairs(trx, request.id, notBefore);
}
