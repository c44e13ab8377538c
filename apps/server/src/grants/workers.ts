import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { isReady, takeNotes } from '../db/notes.ts';
import { actInPortions } from '../db/portions.ts';
import { requestCounts } from '../library/index.ts';
import type { Worker } from '../schedule/worker.ts';
import { decide } from './decide.ts';
import { handlers } from './notes.ts';
import { runPass } from './pass.ts';
import { Turns } from './turns.ts';
import { noteSilentDevices } from './silent.ts';

/** Due pairs looked at in one go. */
const dueAtOnce = 2_000;
/** Counts that Apple does not show are asked for this often. */
const readAgainMs = 60_000;

/** Decides: single changes at once, changes about many holders in passes beside them, and what has become due. */
export function grantsWorkers(context: Context): readonly Worker[] {
  const turns = new Turns();
  return [
    {
      name: 'grants',
      wokenBy: ['grants'],
      run: async () => turns.takeFirst(async () => drain(context)),
    },
    ...passWorkers(context, turns),
    { name: 'grants: due', wokenBy: [], run: async () => noteDue(context) },
    { name: 'grants: graces', wokenBy: [], run: async () => endGraces(context) },
    { name: 'grants: silent devices', wokenBy: [], run: async () => noteSilentDevices(context) },
  ];
}

/** Two passes go on beside each other where they are about other assets: PostgreSQL has a core for each. */
function passWorkers(context: Context, turns: Turns): readonly Worker[] {
  return [1, 2].map((number) => {
    const owner = randomUUID();
    return {
      name: `grants: passes ${number}`,
      wokenBy: ['grants'],
      run: async (signal) => runPass(context, owner, turns, signal),
    };
  });
}

/**
 * Takes the oldest note and others of its kind, and acts on them; what Apple says comes first, so that nothing is
 * granted by counts that are known to be old.
 *
 * @returns whether there was one
 */
async function drain(context: Context): Promise<boolean> {
  const { rows } = await sql<{ kind: string }>`
    select kind from db.note where room = 'grants' and ${isReady(context.clock.now())}
    order by kind <> 'stock', id limit 1`.execute(context.preparedDb);
  const kind = rows[0]?.kind;
  if (kind === undefined) return false;
  const handler = handlers[kind];
  if (handler === undefined) throw new Error(`Nobody knows what the note ${kind} to grants means.`);
  return actInPortions(context, handler.atOnce, async (portion) =>
    context.preparedDb.transaction().execute(async (trx) => {
      const notes = await takeNotes(trx, 'grants', portion, { kind });
      const keys = [...new Set(notes.map((note) => note.key))];
      if (keys.length > 0) await handler.act(context, trx, keys);
      // None: another process acts on them. What they lead to comes before other kinds.
      return keys.length > 0;
    }),
  );
}

/** Refusals to be tried again, and closed assets whose counts are believed again. */
async function noteDue(context: Context): Promise<boolean> {
  const now = context.clock.now();
  await sql`insert into db.note (room, kind, key)
    select 'grants', 'seats', asset_id::text from grants.demand where retry_at <= ${now} and wanted and not granted and not found group by asset_id
    union
    select 'grants', 'stock', s.asset_id::text from grants.stock s join library.asset a on a.id = s.asset_id
    where s.reopen_at <= ${now} and s.closed_at <= a.read_at`.execute(context.db);
  await readLeftClosed(context, now);
  return false;
}

/**
 * Asks once more for the counts of assets that nobody has read since they were closed, as far as the clocks tell: where
 * two hosts' differ, a reading may seem older than the refusal that it followed.
 */
async function readLeftClosed(context: Context, now: Date): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ assetId: number }>`
      update grants.stock set reopen_at = ${new Date(now.getTime() + readAgainMs)}
      where ctid = any(array(select s.ctid from grants.stock s join library.asset a on a.id = s.asset_id
        where s.reopen_at <= ${now} and s.closed_at > a.read_at and a.vanished_at is null
          and not exists (select from db.note n where n.room = 'library' and n.kind = 'counts' and n.key = s.asset_id::text)
        for update of s skip locked))
      returning asset_id`.execute(trx);
    await requestCounts(
      trx,
      rows.map((row) => row.assetId),
    );
  });
}

/**
 * Grace periods that have ended, of one asset at a time. In the order of their index: in that of the assets the planner
 * would read all demand.
 *
 * @returns whether there may be more
 */
async function endGraces(context: Context): Promise<boolean> {
  // What Apple never takes back and has given ends for nobody, however long it is due.
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select d.asset_id, d.holder_id from grants.demand d join library.asset a on a.id = d.asset_id and (a.revocable or not d.held)
    where d.ends_at <= ${context.clock.now()} order by d.ends_at limit ${dueAtOnce}`.execute(
    context.db,
  );
  const [first] = rows;
  if (first === undefined) return false;
  const holderIds = rows.filter((row) => row.assetId === first.assetId).map((row) => row.holderId);
  await context.db
    .transaction()
    .execute(async (trx) => decide(context, trx, { assetIds: [first.assetId], holderIds }));
  return true;
}
