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

/** Of these assets those that Apple never takes back and that too many want at once: they wait for a person. */
export async function leaveIrrevocableToPerson(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ id: number; waiting: number; lately: number; released: boolean }>`
    select a.id,
      (select count(*)::int from grants.demand d where d.asset_id = a.id and ${waits('d')}) as waiting,
      (select count(*)::int from grants.demand d where d.asset_id = a.id and d.granted
        and d.changed_at > ${new Date(now.getTime() - windowMs)}) as lately,
      coalesce(i.released, false) as released
    from library.asset a left join grants.irrevocable i on i.asset_id = a.id
    where a.id = any(${assetIds}::int[]) and not a.revocable`.execute(trx);
  const waiting = new Set<number>();
  for (const asset of rows) {
    const decision = decideIrrevocable(asset.lately, asset.waiting);
    if (asset.released || decision.go) {
      if (asset.waiting === 0)
        await trx.deleteFrom('grants.irrevocable').where('assetId', '=', asset.id).execute();
      continue;
    }
    waiting.add(asset.id);
    await sql`insert into grants.irrevocable (asset_id, pulled_at, waiting, allowed)
      values (${asset.id}, ${now}, ${decision.waiting}, ${decision.allowed})
      on conflict (asset_id) do update set waiting = excluded.waiting`.execute(trx);
  }
  return waiting;
}

/**
 * A person lets those who wait for an irrevocable license have it.
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
    const released = await trx
      .updateTable('grants.irrevocable')
      .set({ released: true })
      .where('assetId', '=', assetId)
      .returningAll()
      .executeTakeFirst();
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
