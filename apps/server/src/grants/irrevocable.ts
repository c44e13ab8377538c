import { decideIrrevocable } from '@allotment/licensing';
import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { lockStock } from './stock.ts';
import { waits } from './rows.ts';

const windowMs = 24 * 60 * 60 * 1000;

/**
 * Notes of these assets which are wanted by too many at once although Apple never takes them back: those people wait
 * for a person. Whom a person has released already does not count; who came later does.
 */
export async function leaveIrrevocableToPerson(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
): Promise<void> {
  const { rows } = await sql<{ id: number; released: boolean; others: number; lately: number }>`
    select a.id, line.others,
      exists (select from grants.demand d where d.asset_id = a.id and d.position < i.released_before
        and d.wanted and not d.held and not d.found) as released,
      (select count(*)::int from grants.demand d where d.asset_id = a.id and d.granted
        and d.changed_at > ${new Date(now.getTime() - windowMs)}) as lately
    from library.asset a left join grants.irrevocable i on i.asset_id = a.id
    cross join lateral (
      select count(*)::int as others from grants.demand d
      where d.asset_id = a.id and ${waits('d')} and coalesce(d.position >= i.released_before, true)) line
    where a.id = any(${assetIds}::int[]) and not a.revocable`.execute(trx);
  for (const { id, released, others, lately } of rows) {
    const decision = decideIrrevocable(lately, others);
    if (!decision.go) {
      await sql`insert into grants.irrevocable (asset_id, pulled_at, waiting, allowed)
        values (${id}, ${now}, ${decision.waiting}, ${decision.allowed})
        on conflict (asset_id) do update set waiting = excluded.waiting`.execute(trx);
    } else if (released) {
      await trx
        .updateTable('grants.irrevocable')
        .set({ waiting: 0 })
        .where('assetId', '=', id)
        .execute();
    } else {
      await trx.deleteFrom('grants.irrevocable').where('assetId', '=', id).execute();
    }
  }
}

/**
 * A person lets those who wait for an irrevocable license now have it; whoever comes later was not looked at.
 *
 * @throws Problem `nothingWaits`
 */
export async function releaseIrrevocable(
  context: Context,
  assetId: number,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await lockStock(trx, [assetId]);
    const { rows } = await sql<{ waiting: number; allowed: number }>`
      update grants.irrevocable i set released_before = nextval('db.change_order'), waiting = 0
      from grants.irrevocable before
      where i.asset_id = ${assetId} and before.asset_id = i.asset_id and before.waiting > 0
      returning before.waiting, before.allowed`.execute(trx);
    const [released] = rows;
    if (released === undefined)
      throw new Problem('conflict', 'nothingWaits', 'Nobody waits for a release of this book.');
    await leaveNote(trx, 'grants', 'seats', String(assetId));
    await hint(trx, 'apps', 'status');
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'releaseIrrevocable',
      target: { kind: 'asset', id: String(assetId) },
      detail: { waiting: released.waiting, allowed: released.allowed },
    });
  });
}
