import type { LocationClient } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { type Pairs, lockStock, openPairs, settlePairs, shownPairsOf } from '../grants/index.ts';
import { readAssignments } from '../library/index.ts';
import { statusPauseMs } from './facts.ts';
import { sharedAccount } from './outcomes.ts';
import { type AppleRequest, endSettled } from './requests.ts';
import type { Said } from './users.ts';

/** More doubtful pairs than this are looked up by reading their asset as a whole. */
const mostSingleLookUps = 20;

/**
 * Finds out about pairs of which Apple said what can mean two things. Where it shows what was asked for, it has come
 * true; where not, they were refused, two people with one Apple Account in so many words. Where what was read leaves that
 * open, Apple is asked again.
 *
 * @throws AppsAndBooksError when Apple cannot be asked now
 */
export async function askAboutDoubt(
  context: Context,
  request: AppleRequest,
  said: Said,
  client: LocationClient,
  signal: AbortSignal,
): Promise<void> {
  const open = await context.db.transaction().execute(async (trx) => openPairs(trx, request.id));
  let shown: Pairs | undefined;
  let clean = true;
  if (open.assetIds.length <= mostSingleLookUps) {
    shown = await lookUp(context, request, open, client, signal);
  } else {
    clean = await readAssignments(context, client, request.locationUid, request.assetIds, signal);
  }
  await context.db.transaction().execute(async (trx) => {
    await lockStock(trx, request.assetIds);
    const done = shown ?? (await shownPairsOf(trx, request.id));
    await settlePairs(context, trx, request.id, done, { kind: 'done' });
    if (clean) await refuseLeft(context, trx, request, said);
    else await askAgain(context, trx, request);
    await endSettled(context, trx, [request.id]);
  });
}

async function refuseLeft(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  said: Said,
): Promise<void> {
  const left = await openPairs(trx, request.id);
  const message =
    said.number === sharedAccount
      ? "Another person with the same Apple Account has the license: an Apple Account has to be one person's own."
      : said.message;
  await settlePairs(context, trx, request.id, left, { kind: 'refused', ...said, message });
}

async function askAgain(context: Context, trx: Trx, { id }: AppleRequest): Promise<void> {
  await trx
    .updateTable('associations.appleRequest')
    .set({ nextCheckAt: new Date(context.clock.now().getTime() + statusPauseMs) })
    .where('id', '=', id)
    .execute();
}

/** The pairs of which Apple shows, asked one by one, what the request was to bring about. */
async function lookUp(
  context: Context,
  request: AppleRequest,
  open: Pairs,
  client: LocationClient,
  signal: AbortSignal,
): Promise<Pairs> {
  const { rows } = await sql<{
    assetId: number;
    holderId: number;
    adamId: string;
    pricingParam: string;
    kind: string;
    key: string;
  }>`select p.asset_id, p.holder_id, a.adam_id, a.pricing_param, h.kind, h.key
    from unnest(${open.assetIds}::int[], ${open.holderIds}::int[]) as p (asset_id, holder_id)
    join library.asset a on a.id = p.asset_id join library.holder h on h.id = p.holder_id`.execute(
    context.db,
  );
  const shown: typeof rows = [];
  for (const row of rows) {
    let there = false;
    await client.assignments(
      {
        adamId: row.adamId,
        pricingParam: row.pricingParam,
        ...(row.kind === 'person' ? { clientUserId: row.key } : { serialNumber: row.key }),
      },
      async (page) => {
        there ||= page.rows.length > 0;
      },
      signal,
    );
    if (there === (request.op === 'associate')) shown.push(row);
  }
  return {
    assetIds: shown.map((row) => row.assetId),
    holderIds: shown.map((row) => row.holderId),
  };
}
