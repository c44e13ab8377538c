import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { leaveNotes } from '../db/notes.ts';
import { leaveIrrevocableToPerson } from './irrevocable.ts';
import { waits } from './rows.ts';

/** Seats of an asset granted in one transaction; the next portion follows in another. */
const portion = 5_000;

/**
 * Gives the free seats of each asset to those first in line: priority, then the order of the first demand. While a
 * pass forms the line, only to those who stood in it before, unless `whole` says that it stands. Of two assets of one
 * title one is granted after the other, and who has one needs no second (Law 1).
 *
 * @returns the assets of which a whole portion was granted: there may be more
 */
export async function grantFree(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
  whole = false,
): Promise<readonly number[]> {
  await leaveIrrevocableToPerson(trx, assetIds, now);
  const rounds = await roundsOf(trx, assetIds);
  const full: number[] = [];
  for (const round of rounds) {
    if (rounds.length > 1) await coverSiblings(trx, assetIds);
    full.push(...(await grantRound(trx, round, now, whole)));
  }
  if (rounds.length > 1) await coverSiblings(trx, assetIds);
  return full;
}

/**
 * By their places in the table, as nobody else changes these rows meanwhile (Law 5): a join by keys may read all demand,
 * because PostgreSQL cannot know how few seats are free.
 */
async function grantRound(
  trx: Trx,
  assetIds: readonly number[],
  now: Date,
  whole: boolean,
): Promise<readonly number[]> {
  const { rows } = await sql<{ assetId: number }>`
    with granted as (
      update grants.demand d set granted = true, failure = null, failure_message = null, retry_at = null, changed_at = ${now}
      where d.ctid = any(array(select first.ctid from grants.stock s
        left join grants.irrevocable unreleased on unreleased.asset_id = s.asset_id and unreleased.waiting > 0
        cross join lateral (
        select w.ctid from grants.demand w
        where w.asset_id = s.asset_id and ${waits('w')} and w.retry_at is null
          and (unreleased.asset_id is null or w.position < unreleased.released_before)
          and (${whole} or s.line_from is null or w.position < s.line_from)
        order by w.priority desc, w.position
        limit case when s.total is null then ${portion} else greatest(0, least(${portion}, s.total - s.foreign_held - s.taken)) end
        ) first
        where s.asset_id = any(${assetIds}::int[]) and s.closed_reason is null and s.closed_to_grants is null))
      returning d.asset_id, d.holder_id, d.asked
    ), opened as (
      insert into grants.open_change (asset_id, holder_id, op, urgent, not_before, created_at)
      select asset_id, holder_id, 'associate', asked, ${now}, ${now} from granted)
    select asset_id from granted group by asset_id having count(*) = ${portion}`.execute(trx);
  return rows.map((row) => row.assetId);
}

/** Assets of one title come one after the other, all others at once. */
async function roundsOf(trx: Trx, assetIds: readonly number[]): Promise<readonly number[][]> {
  const { rows } = await sql<{ round: number; assetIds: number[] }>`
    select round, array_agg(id order by id) as asset_ids from (
      select id, row_number() over (partition by adam_id order by id)::int as round
      from library.asset where id = any(${assetIds}::int[])) a
    group by round order by round`.execute(trx);
  return rows.map((row) => row.assetIds);
}

/**
 * Who has a license of a title needs none of its other assets; who has it no more stands in their lines again. One that
 * was merely taken ahead has nothing installed: it serves only who is to have nothing more than that. A person's serves
 * only where it is for all devices that the other one is for, else some would never get the app; those refused for their
 * number it is for, too.
 */
export async function coverSiblings(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await sql`update grants.demand d set covered_by = x.by
    from (
      select w.asset_id, w.holder_id, (
        select min(own.asset_id) from grants.demand own join library.asset b on b.id = own.asset_id
        where b.adam_id = a.adam_id and own.asset_id <> w.asset_id and own.holder_id = w.holder_id and own.wanted
          and (own.granted or own.found) and (w.ahead or not own.ahead)
          and not exists (select from grants.placement p
            where p.asset_id = w.asset_id and p.holder_id = w.holder_id and p.refused is null and not p.leaving
              and not exists (select from grants.placement s
                where s.asset_id = own.asset_id and s.device_id = p.device_id and s.holder_id = own.holder_id
                  and not s.leaving and (p.ahead or not s.ahead)))) as by
      from grants.demand w join library.asset a on a.id = w.asset_id
      where w.asset_id = any(${assetIds}::int[]) and w.wanted and not w.granted and not w.found
    ) x
    where d.asset_id = x.asset_id and d.holder_id = x.holder_id and d.covered_by is distinct from x.by`.execute(
    trx,
  );
}

/** Adds the other assets of the same titles that somebody may want. */
export async function withSiblings(
  trx: Trx,
  assetIds: readonly number[],
): Promise<{ readonly assetIds: readonly number[]; readonly siblings: boolean }> {
  const { rows } = await sql<{ id: number }>`
    select distinct b.id from library.asset a join library.asset b on b.adam_id = a.adam_id and b.id <> a.id
    where a.id = any(${assetIds}::int[])`.execute(trx);
  return {
    assetIds: [...new Set([...assetIds, ...rows.map((row) => row.id)])],
    siblings: rows.length > 0,
  };
}

/** Grants go on in the next transaction. */
export async function grantMore(trx: Trx, assetIds: readonly number[]): Promise<void> {
  await leaveNotes(
    trx,
    'grants',
    assetIds.map((id) => ({ kind: 'seats', key: String(id) })),
  );
}
