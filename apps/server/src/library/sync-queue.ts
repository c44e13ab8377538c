import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { hint, wakeChannel } from '../db/hints.ts';
import { Problem } from '../errors.ts';
import { readToken, tokenNotFound } from './read-tokens.ts';

export type SyncTrigger = 'first' | 'schedule' | 'manual' | 'notification';

/** Twice a day: never later than this after the last one (behavior 18). */
const syncEveryMs = 12 * 60 * 60_000;
/** So that many tokens do not sync at the same minute. */
const jitterMs = 30 * 60_000;

/**
 * Asks for a sync of a token's location, whatever the schedule (behaviors 19 and 42). One that waits already serves.
 *
 * @returns the id of the sync
 * @throws Problem `tokenNotFound`; `duplicateNotSynced` (behavior L9)
 */
export async function requestSync(
  context: Context,
  tokenId: string,
  actor: Actor,
): Promise<string> {
  const token = await readToken(context.db, tokenId);
  if (!token.serving) {
    throw new Problem(
      'conflict',
      'duplicateNotSynced',
      token.stateReason ?? 'Another token of the same location is synced in its place.',
    );
  }
  return context.db
    .transaction()
    .execute(async (trx) => enqueueSync(context, trx, tokenId, 'manual', actor));
}

/**
 * Queues a sync unless one waits; one that a notification asked for becomes whole when somebody else asks.
 *
 * @throws Problem `tokenNotFound`: it was deleted since it was read
 */
export async function enqueueSync(
  context: Context,
  trx: Trx,
  tokenId: string,
  trigger: SyncTrigger,
  actor?: Actor,
): Promise<string> {
  const now = context.clock.now();
  const token = await trx
    .selectFrom('library.token')
    .select('displayName')
    .where('id', '=', tokenId)
    .forUpdate()
    .executeTakeFirst();
  if (token === undefined) throw tokenNotFound(tokenId);
  const waiting = await trx
    .selectFrom('library.sync')
    .select('id')
    .where('tokenId', '=', tokenId)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  if (waiting !== undefined && trigger !== 'notification') {
    await trx
      .updateTable('library.sync')
      .set({ trigger, requestedBy: actor?.name ?? null })
      .where('id', '=', waiting.id)
      .where('trigger', '=', 'notification')
      .execute();
  }
  const { id } =
    waiting ??
    (await trx
      .insertInto('library.sync')
      .values({ tokenId, trigger, requestedBy: actor?.name ?? null, createdAt: now })
      .returning('id')
      .executeTakeFirstOrThrow());
  if (actor !== undefined) {
    await recordAudit(trx, now, actor, {
      action: 'syncVppToken',
      target: { kind: 'vppToken', id: tokenId, name: token.displayName },
    });
  }
  await hint(trx, 'sync', 'tokens');
  await wakeSyncs(trx);
  return id;
}

/** Holds the token's row before its syncs: whoever takes both takes them in this order. */
export async function lockTokenOf(trx: Trx, syncId: string): Promise<void> {
  await sql`select from library.token where id = (select token_id from library.sync where id = ${syncId}) for update`.execute(
    trx,
  );
}

/** Has the queue looked at now; without it the workers find out by themselves, later. */
export async function wakeSyncs(db: Database): Promise<void> {
  await sql`select pg_notify(${wakeChannel}, 'library')`.execute(db);
}

/** When a token is synced again by itself. */
export function nextSyncAt(context: Context): Date {
  return new Date(context.clock.now().getTime() + syncEveryMs - context.random() * jitterMs);
}

/** Queues a sync for every token whose time has come, except those that only a person can help. */
export async function scheduleDue(context: Context): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction().execute(async (trx) => {
    const due = await trx
      .selectFrom('library.token')
      .select('id')
      .where('nextSyncAt', '<=', now)
      .where('serving', '=', true)
      .where('state', 'in', ['unknown', 'valid', 'invalid'])
      .forUpdate()
      .skipLocked()
      .execute();
    for (const { id } of due) {
      await trx
        .updateTable('library.token')
        .set({ nextSyncAt: nextSyncAt(context) })
        .where('id', '=', id)
        .execute();
      await enqueueSync(context, trx, id, 'schedule');
    }
  });
}

/** A sync as shown. */
export interface SyncRow {
  readonly id: string;
  readonly tokenId: string;
  readonly trigger: string;
  readonly requestedBy: string | null;
  readonly state: string;
  readonly phase: string;
  readonly pagesDone: number;
  readonly pagesTotal: number | null;
  readonly rowsRead: number;
  readonly clean: boolean | null;
  readonly error: string | null;
  readonly errorNumber: number | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** The latest syncs of a token, newest first. */
export async function listSyncs(
  db: Database,
  tokenId: string,
  top: number,
): Promise<readonly SyncRow[]> {
  return db
    .selectFrom('library.sync')
    .selectAll()
    .where('tokenId', '=', tokenId)
    .orderBy('createdAt', 'desc')
    .limit(top)
    .execute();
}

/** The sync that waits or runs for a token, with its progress; undefined when none does. */
export async function syncProgress(db: Database, tokenId: string): Promise<SyncRow | undefined> {
  return db
    .selectFrom('library.sync')
    .selectAll()
    .where('tokenId', '=', tokenId)
    .where('state', 'in', ['waiting', 'running'])
    .orderBy('createdAt')
    .limit(1)
    .executeTakeFirst();
}
