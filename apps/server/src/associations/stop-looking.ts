import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import type { AppleRequest } from './requests.ts';

/** So many refusals with one number lately, and nothing went through in between: it is not one culprit. */
const mostInARow = 64;
/** So many in all: there are many culprits, and Apple is left alone for a while. */
const mostRefusals = 256;
const latelyMs = 10 * 60_000;

/**
 * Whether to stop looking for the culprit of a refused request: `all` of it is to blame where nothing ever goes through;
 * where others do, what is left is looked at again `later`, and nobody is blamed who was not refused. Only requests of
 * its own kind tell: that nothing is assigned says nothing of what is taken back. What cannot be divided is always seen
 * through.
 *
 * @param number Apple's, of the refusal
 */
export async function stopsLooking(
  context: Context,
  trx: Trx,
  { locationUid, op, assetIds, holderIds }: AppleRequest,
  number: number,
): Promise<'all' | 'later' | undefined> {
  if (assetIds.length <= 1 && holderIds.length <= 1) return undefined;
  const since = new Date(context.clock.now().getTime() - latelyMs);
  const { rows } = await sql<{ refused: number; inARow: number }>`
    select count(*)::int as refused, count(*) filter (where r.settled_at > coalesce(a.last, '-infinity'))::int as in_a_row
    from associations.apple_request r, lateral (
      select max(accepted_at) as last from associations.apple_request
      where location_uid = ${locationUid} and op = ${op} and accepted_at > ${since}) a
    where r.location_uid = ${locationUid} and r.op = ${op} and r.state = 'refused' and r.error_number = ${number}
      and r.settled_at > ${since}`.execute(trx);
  const { refused = 0, inARow = 0 } = rows[0] ?? {};
  if (inARow >= mostInARow) return 'all';
  return refused >= mostRefusals ? 'later' : undefined;
}
