import { createHash, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { type Actor, recordAudit, system } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { newNotificationSecret, openNotificationSecret } from './secrets.ts';
import { enqueueSync } from './sync-queue.ts';

/** A bearer is replaced after so long. */
const lifeMs = 90 * 24 * 60 * 60_000;
/** Apple may still deliver what it had sent with the bearer before, for so long after it took the new one. */
const overlapMs = 24 * 60 * 60_000;

/** A location's bearers, as far as telling them apart needs it. */
export interface Bearers {
  readonly uid: string;
  readonly notificationSecret: Buffer | null;
  readonly secretBefore: Buffer | null;
  readonly secretBeforeUntil: Date | null;
}

export const bearerColumns = [
  'uid',
  'notificationSecret',
  'secretBefore',
  'secretBeforeUntil',
] as const satisfies readonly (keyof Bearers)[];

/** Whether a notification's Authorization header is a location's bearer, or the one before while that is good. */
export function isBearer(
  context: Context,
  location: Bearers,
  authorization: string | undefined,
): boolean {
  const { uid, notificationSecret, secretBefore, secretBeforeUntil } = location;
  const stillGood = secretBeforeUntil === null || secretBeforeUntil > context.clock.now();
  return [notificationSecret, stillGood ? secretBefore : null]
    .filter((sealed) => sealed !== null)
    .some((sealed) => {
      const secret = openNotificationSecret(context, uid, sealed);
      return sameText(authorization ?? '', `Bearer ${secret}`);
    });
}

/**
 * Replaces the bearer of a location's notifications, and has Apple told by a sync. The one before stays good until
 * Apple has taken the new one, and a day longer. One that Apple has not yet taken is kept: it is as good as new.
 *
 * @throws Problem `locationNotFound`, `notSubscribed`
 */
export async function rotateBearer(context: Context, uid: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const location = await trx
      .selectFrom('library.location')
      .select(['name', 'notifications'])
      .where('uid', '=', uid)
      .executeTakeFirst();
    if (location === undefined) {
      throw new Problem('notFound', 'locationNotFound', `There is no location ${uid}.`);
    }
    const serving = await trx
      .selectFrom('library.token')
      .select('id')
      .where('locationUid', '=', uid)
      .where('serving', '=', true)
      .executeTakeFirst();
    if (location.notifications !== 'on' || serving === undefined) {
      throw new Problem(
        'conflict',
        'notSubscribed',
        `Apple sends no notifications for ${location.name}: there is no bearer to replace. Its token’s page says why.`,
      );
    }
    await replace(context, trx, uid, location.name, actor);
    await enqueueSync(context, trx, serving.id, 'manual');
  });
}

/** The same when the bearer is old enough; what is told to Apple next is the new one. Forgets what is good no more. */
export async function rotateIfOld(context: Context, uid: string): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('library.location')
      .set({ secretBefore: null, secretBeforeUntil: null })
      .where('uid', '=', uid)
      .where('secretBeforeUntil', '<=', now)
      .execute();
    const old = await trx
      .selectFrom('library.location')
      .select('name')
      .where('uid', '=', uid)
      .where('subscribedAt', '<=', new Date(now.getTime() - lifeMs))
      .executeTakeFirst();
    if (old === undefined) return;
    await replace(context, trx, uid, old.name, system('It was in use for 90 days.'));
  });
}

async function replace(
  context: Context,
  trx: Trx,
  uid: string,
  name: string,
  actor: Actor,
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('library.location')
    .set((one) => ({
      secretBefore: one.ref('notificationSecret'),
      secretBeforeUntil: null,
      notificationSecret: newNotificationSecret(context, uid),
      subscribedAt: null,
    }))
    .where('uid', '=', uid)
    .where('subscribedAt', 'is not', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return;
  await recordAudit(trx, context.clock.now(), actor, {
    action: 'rotateNotificationSecret',
    target: { kind: 'location', id: uid, name },
  });
}

/** Apple took this bearer: the one before runs out, unless another has replaced this one meanwhile. */
export async function recordSubscribed(
  { clock }: Context,
  trx: Trx,
  uid: string,
  taken: Buffer,
): Promise<void> {
  const now = clock.now();
  await trx
    .updateTable('library.location')
    .set({
      subscribedAt: now,
      secretBeforeUntil: sql<Date>`case when secret_before is not null then ${new Date(now.getTime() + overlapMs)}::timestamptz end`,
    })
    .where('uid', '=', uid)
    .where('notificationSecret', '=', taken)
    .execute();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares in a time that does not depend on where the texts differ. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}
