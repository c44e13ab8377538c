import { createHash, timingSafeEqual } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { type Actor, recordAudit, system } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { newNotificationSecret, openNotificationSecret } from './secrets.ts';
import { enqueueSync } from './sync-queue.ts';

/** A bearer is replaced after so long. */
const lifeMs = 90 * 24 * 60 * 60_000;
/** Apple may still deliver what it had sent with the bearer before, for so long after it took the new one. */
const overlapMs = 24 * 60 * 60_000;

/** A bearer with which a location's notifications may come. */
export interface Bearer {
  /** The location's uId. */
  readonly location: string;
  /** As it is stored: while the location has it, the bearer is good. */
  readonly sealed: Buffer;
  /** Of the Authorization header that holds it. */
  readonly digest: Buffer;
}

/** A location that expects notifications. */
export interface Receiver {
  readonly uid: string;
  /** The one in use, and the one before while that is good. */
  readonly bearers: readonly Bearer[];
}

/** Who expects notifications at an address; undefined when nobody does. */
export async function readReceiver(
  context: Context,
  db: Database,
  notificationId: string,
): Promise<Receiver | undefined> {
  const row = await db
    .selectFrom('library.location')
    .select(['uid', 'notificationSecret', 'secretBefore', 'secretBeforeUntil'])
    .where('notificationId', '=', notificationId)
    .executeTakeFirst();
  if (row === undefined || row.notificationSecret === null) return undefined;
  const { uid, secretBeforeUntil: until } = row;
  const before = until === null || until > context.clock.now() ? row.secretBefore : null;
  const bearers = [row.notificationSecret, before].flatMap((sealed) =>
    sealed === null
      ? []
      : [
          {
            location: uid,
            sealed,
            digest: digest(`Bearer ${openNotificationSecret(context, uid, sealed)}`),
          },
        ],
  );
  return { uid, bearers };
}

/** The bearer that an Authorization header holds, compared in a time that does not depend on where they differ. */
export function findBearer(
  { bearers }: Receiver,
  authorization: string | undefined,
): Bearer | undefined {
  const given = digest(authorization ?? '');
  return bearers.find((bearer) => timingSafeEqual(bearer.digest, given));
}

/** SQL about the location `l`: whether a stored bearer is one of its own and good now. */
export function isStillGood(sealed: RawBuilder<unknown>, now: Date): RawBuilder<boolean> {
  return sql<boolean>`(l.notification_secret = ${sealed}
    or (l.secret_before = ${sealed} and (l.secret_before_until is null or l.secret_before_until > ${now})))`;
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
      // Before its token, as everybody takes them.
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (location === undefined) {
      throw new Problem('notFound', 'locationNotFound', `There is no location ${uid}.`);
    }
    const serving = await trx
      .selectFrom('library.token')
      .select('id')
      .where('locationUid', '=', uid)
      .where('serving', '=', true)
      .forUpdate()
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
