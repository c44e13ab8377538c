import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { willPass } from '../db/portions.ts';
import { type Candidates, listCandidates } from './candidates.ts';
import { decide, fewHolders, serveLine, tellAssociations } from './decide.ts';
import { withSiblings } from './line.ts';
import { GivesWay, type Turns } from './turns.ts';

/** Of up to so many pairs a change is decided at once. */
const fewPairs = 5_000;
/** Pairs that a pass decides in one transaction: what changes meanwhile waits for one of these at most. */
const pairsAtOnce = 2_000;
/** Assets decided together: a holder's groups are looked up once for all of them. */
const assetsAtOnce = 25;
/** Who takes no step for so long has lost the pass; another begins it anew. */
const leaseMs = 30_000;

/**
 * Decides about the candidates: at once where they are few, else by a pass that goes on in small steps after this
 * transaction. What a waiting pass will look at anyway is not looked at twice.
 */
export async function decideMany(
  context: Context,
  trx: Trx,
  candidates: Candidates,
): Promise<void> {
  const { assetIds } = await withSiblings(trx, candidates.assetIds);
  const { groupId } = candidates;
  if (assetIds.length === 0) return;
  const few = Math.ceil(fewPairs / assetIds.length);
  const holderIds = await listCandidates(context, trx, { assetIds, groupId }, few);
  if (holderIds !== undefined) {
    await decide(context, trx, { assetIds, holderIds });
    return;
  }
  await sql`insert into grants.pass (asset_ids, group_id, created_at)
    select array_agg(asset_id order by asset_id), ${groupId}, ${context.clock.now()}
    from (select asset_id, (row_number() over (order by asset_id) - 1) / ${assetsAtOnce} as part
      from unnest(${assetIds}::int[]) a (asset_id)
      where not exists (select from grants.pass p
        where a.asset_id = any(p.asset_ids) and p.owner is null and (p.group_id is null or p.group_id = ${groupId}))) a
    group by part`.execute(trx);
}

interface Pass extends Candidates {
  readonly id: number;
}

/**
 * Works off one pass: lists the candidates once, in order, and decides about them portion by portion, each in a
 * transaction of its own. Where seats are scarce the line is formed first and served then. Killed anywhere, it is begun
 * anew: what was decided before is found as it is.
 *
 * @param owner this process
 * @param turns held by single changes: a step begins after them
 * @returns whether there was one
 */
export async function runPass(
  context: Context,
  owner: string,
  turns: Turns,
  signal: AbortSignal,
): Promise<boolean> {
  const pass = await claim(context, owner);
  if (pass === undefined) return false;
  try {
    await runSteps(context, owner, pass, turns, signal);
  } catch (error) {
    if (!willPass(error)) await putOff(context, owner, pass);
    throw error;
  }
  return true;
}

/** Lets others go on in place of a pass that fails, and its own process, too: it is begun anew when its lease has ended. */
async function putOff({ db, clock }: Context, owner: string, { id }: Pass): Promise<void> {
  await db
    .updateTable('grants.pass')
    .set({ owner: null, leasedUntil: new Date(clock.now().getTime() + leaseMs) })
    .where('id', '=', id)
    .where('owner', '=', owner)
    .execute();
}

async function runSteps(
  context: Context,
  owner: string,
  pass: Pass,
  turns: Turns,
  signal: AbortSignal,
): Promise<void> {
  const { assetIds } = pass;
  const holderIds = await listHolding(context, owner, pass);
  if (holderIds === undefined) return;
  const total = holderIds.length;
  const size = Math.min(fewHolders, Math.ceil(pairsAtOnce / assetIds.length));
  const take = async <T>(done: number, act: (trx: Trx) => Promise<T>): Promise<T | undefined> => {
    await turns.deciding;
    if (signal.aborted) return undefined;
    return step(context, owner, { id: pass.id, done, total }, async (trx) =>
      act(trx.withPlugin(new GivesWay(turns, trx))),
    );
  };
  for (let start = 0; start < total; start += size) {
    const portion = { assetIds, holderIds: holderIds.slice(start, start + size) };
    const left = total - start;
    const done = await take(start, async (trx) => {
      await decide(context, trx, portion, left);
      return true;
    });
    if (done === undefined) return;
  }
  // Lines were formed of the siblings, too, which may be of another pass or of none.
  const formed = await take(total, async (trx) => (await withSiblings(trx, assetIds)).assetIds);
  if (formed === undefined) return;
  for (const assetId of formed) {
    let more: boolean | undefined = true;
    while (more === true) more = await take(total, async (trx) => serveLine(context, trx, assetId));
    if (more === undefined) return;
  }
  await take(total, async (trx) => {
    await trx.deleteFrom('grants.pass').where('id', '=', pass.id).execute();
    await tellAssociations(trx, assetIds);
    await hint(trx, 'apps', 'status', 'locations');
  });
}

/**
 * Lists a pass's candidates while holding its row, so that nobody takes it for left however long that lasts.
 *
 * @returns undefined when the pass is not this process's any more
 */
async function listHolding(
  context: Context,
  owner: string,
  pass: Pass,
): Promise<readonly number[] | undefined> {
  return context.db.transaction().execute(async (trx) => {
    const held = await trx
      .selectFrom('grants.pass')
      .select('id')
      .where('id', '=', pass.id)
      .where('owner', '=', owner)
      .forUpdate()
      .executeTakeFirst();
    if (held === undefined) return undefined;
    const holderIds = (await listCandidates(context, trx, pass)) ?? [];
    await trx
      .updateTable('grants.pass')
      .set({ leasedUntil: new Date(context.clock.now().getTime() + leaseMs) })
      .where('id', '=', pass.id)
      .execute();
    return holderIds;
  });
}

/** The oldest pass that nobody works on and whose assets no older one is about. */
async function claim(context: Context, owner: string): Promise<Pass | undefined> {
  const now = context.clock.now();
  const { rows } = await sql<Pass>`
    update grants.pass set owner = ${owner}, leased_until = ${new Date(now.getTime() + leaseMs)}
    where id = (select id from grants.pass p where (p.leased_until is null or p.leased_until <= ${now} or p.owner = ${owner})
      and not exists (select from grants.pass older where older.id < p.id and older.asset_ids && p.asset_ids)
      order by id limit 1 for update skip locked)
    returning id, asset_ids, group_id`.execute(context.db);
  return rows[0];
}

/** One transaction of a pass. @returns undefined when the pass is not this process's any more */
async function step<T>(
  context: Context,
  owner: string,
  pass: { readonly id: number; readonly done: number; readonly total: number },
  act: (trx: Trx) => Promise<T>,
): Promise<T | undefined> {
  return context.preparedDb.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('grants.pass')
      .set({
        done: pass.done,
        total: pass.total,
        leasedUntil: new Date(context.clock.now().getTime() + leaseMs),
      })
      .where('id', '=', pass.id)
      .where('owner', '=', owner)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return undefined;
    // What a crash of PostgreSQL loses of this is decided again; the pass's last transaction makes all of it durable.
    await sql`set local synchronous_commit = ${sql.lit(pass.done < pass.total ? 'off' : 'on')}`.execute(
      trx,
    );
    return act(trx);
  });
}
