import type { LicenseChange } from '@allotment/apps-and-books';
import { retryDelayMs } from '@allotment/licensing';
import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import type { AssociationsAppleRequest } from '../db/generated/tables.ts';
import { reopenPairs } from '../grants/index.ts';
import { type Lease, leaseHolds } from './lease.ts';
import { assignedByOthers } from './strangers.ts';
import { reopenUsers } from './users.ts';

export type AppleRequest = Selectable<AssociationsAppleRequest>;

/** What a request asks Apple to do: with licenses, or with people. */
export type LicenseOp = 'associate' | 'disassociate';
export type UserOp = 'createUsers' | 'updateUsers' | 'retireUsers';

/** A request about to be written; without assets it is about people. Ids are ours. */
export interface Draft {
  readonly op: string;
  readonly urgent: boolean;
  readonly assetIds: readonly number[];
  readonly holderIds: readonly number[];
  /** The refused request whose culprit it helps to find. */
  readonly narrows?: number;
}

/** Whether a request is about licenses, not about people at Apple. */
export function isAboutLicenses<R extends { readonly op: string }>(
  request: R,
): request is R & { readonly op: LicenseOp } {
  return request.op === 'associate' || request.op === 'disassociate';
}

/**
 * Writes requests, unsent, under the lease's epoch: one statement whatever their number. What they are about has to be
 * handed to them within the same transaction.
 *
 * @returns their ids, in order
 */
export async function writeRequests(
  context: Context,
  trx: Trx,
  lease: Pick<Lease, 'locationUid' | 'epoch'>,
  drafts: readonly Draft[],
): Promise<readonly number[]> {
  if (drafts.length === 0) return [];
  const { rows } = await sql<{ id: number }>`
    insert into associations.apple_request (location_uid, op, urgent, asset_ids, holder_ids, narrows, epoch, created_at)
    select ${lease.locationUid}, d.op, d.urgent, d."assetIds", d."holderIds", d.narrows, ${lease.epoch}, ${context.clock.now()}
    from rows from (jsonb_to_recordset(${JSON.stringify(drafts)}::jsonb)
      as (op text, urgent boolean, "assetIds" int[], "holderIds" int[], narrows bigint)) with ordinality
      as d (op, urgent, "assetIds", "holderIds", narrows, place)
    order by d.place
    returning id`.execute(trx);
  return rows.map((row) => row.id).toSorted((one, other) => one - other);
}

/** A license request's rectangle in Apple's words, in the order of our ids. */
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
  // By itself: it holds titles and people, of which others hold some together with the requests below.
  await context.db
    .transaction()
    .execute(async (trx) => giveBackPlanned(trx, lease.locationUid, lease.epoch - 1, now));
  // Whoever holds a request is settling it: to wait for several, one after the other, could be to wait for ever.
  await sql`update associations.apple_request set state = 'unknown', next_check_at = ${now} where id in (
    select id from associations.apple_request
    where location_uid = ${lease.locationUid} and state = 'sending' and epoch <= ${lease.epoch} for update skip locked)`.execute(
    context.db,
  );
  if (!lease.taken) return;
  await sql`update associations.apple_request set next_check_at = ${now} where id in (
    select id from associations.apple_request
    where location_uid = ${lease.locationUid} and state = 'accepted' and epoch < ${lease.epoch} for update skip locked)`.execute(
    context.db,
  );
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
  await reopenUsers(trx, ids, [now]);
  await trx
    .updateTable('associations.appleRequest')
    .set({ state: 'abandoned', settledAt: now })
    .where('id', 'in', ids)
    .execute();
}

/**
 * The next unsent request of the lease: those a person waits for come first, then the parts of a refused request, the
 * latest first, which tell how to go on with the others.
 */
export async function nextPlanned(db: Database, lease: Lease): Promise<AppleRequest | undefined> {
  return db
    .selectFrom('associations.appleRequest')
    .selectAll()
    .where('locationUid', '=', lease.locationUid)
    .where('state', '=', 'planned')
    .where('epoch', '=', lease.epoch)
    .orderBy('urgent', 'desc')
    .orderBy(sql`case when narrows is null then id else -id end`)
    .limit(1)
    .executeTakeFirst();
}

/**
 * Marks a request as being sent, in the same statement that checks the lease: a stale epoch sends nothing (Law 5),
 * nobody sends what somebody else is sending, and a location that was just paused (Law 11) or lost to another
 * management service is left alone.
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
      sql<boolean>`exists (select from library.location l
        where l.uid = ${lease.locationUid} and l.paused_at is null and l.owner_state = 'ours')`,
    )
    .returningAll()
    .executeTakeFirst();
}

/** Steps of the growing pause before what Apple refuses as a whole is sent again. */
const pauseSteps = 10;

/** When to send again what was given back once, twice and so on. */
export function growingPauses({ clock, random }: Context): readonly Date[] {
  const now = clock.now().getTime();
  return Array.from(
    { length: pauseSteps },
    (_, step) => new Date(now + retryDelayMs(step + 1, random)),
  );
}

/**
 * Ends a request without a result: its pairs or people, where still open, go back to the writer.
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
  if (isAboutLicenses(request)) await reopenPairs(trx, [request.id], notBefore);
  else await reopenUsers(trx, [request.id], notBefore);
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

/**
 * SQL about the open change `c` of an asset `a` for a holder `h`: whether a request for it was sent and given up, and may
 * come true late. What others are known to have assigned since did not come from it.
 */
export const mayComeLate = sql<boolean>`exists (select from associations.apple_request sent
  where sent.location_uid = a.location_uid and sent.op = c.op and sent.state = 'abandoned' and sent.sent_at is not null
    and c.asset_id = any(sent.asset_ids) and c.holder_id = any(sent.holder_ids) and not ${assignedByOthers})`;

/** Ends the requests of which no pair and nobody is open any more. */
export async function endSettled(
  context: Context,
  trx: Trx,
  requestIds: readonly number[],
): Promise<void> {
  await sql`update associations.apple_request r set state = 'settled', settled_at = ${context.clock.now()}, next_check_at = null
    where r.id = any(${requestIds}::bigint[]) and r.state in ('accepted', 'unknown', 'sending')
      and not exists (select from grants.open_change c where c.request_id = r.id)
      and not exists (select from associations.apple_user u where u.request_id = r.id)`.execute(
    trx,
  );
}
