import type { RefusedError } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { lockStock, moveToRequest, openPairs, settlePairs } from '../grants/index.ts';
import { pairsNamed } from './named.ts';
import { type AppleRequest, giveBack } from './requests.ts';

/** Refusals that are about a title of the request: nothing is gained by trying it with fewer holders. */
const aboutTitles = new Set([9605, 9607, 9624, 9628, 9643, 9706, 9707, 9709]);
/** Refusals that may be about a title, a person or a device of the request, not about the request or the token. */
const aboutAny = new Set([9602, 9609, 9610, 9616, 9618, 9619, 9620, 9626]);

/** So many requests refused with one number lately: it is not one culprit, and halving would only go on asking. */
const mostRefusals = 64;
const latelyMs = 10 * 60_000;

/** Whether a refusal is about some pairs of the request, so that the others may go through. */
export function isAboutPairs(error: RefusedError): boolean {
  return (
    error.number !== undefined && (aboutTitles.has(error.number) || aboutAny.has(error.number))
  );
}

/**
 * Only the culprit is marked: what Apple names, or else the pair that is left when a refused request is sent again as
 * two halves, and again. The others go back to the writer.
 */
export async function narrow(
  context: Context,
  request: AppleRequest,
  error: RefusedError,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await lockStock(trx, request.assetIds);
    const named =
      error.errorInfo === undefined ? undefined : await pairsNamed(trx, request, error.errorInfo);
    const halves = named === undefined ? halve(request, error) : undefined;
    if (halves !== undefined && !(await isEndless(context, trx, request, error))) {
      for (const half of halves) await sendApart(context, trx, request, half);
    } else {
      const culprits = named ?? (await openPairs(trx, request.id));
      await settlePairs(context, trx, request.id, culprits, {
        kind: 'refused',
        number: error.number ?? 0,
        message: error.message,
      });
    }
    const now = context.clock.now();
    await giveBack(trx, request, 'refused', now, [now], error);
  });
}

interface Half {
  readonly assetIds: number[];
  readonly holderIds: number[];
}

function halve(request: AppleRequest, error: RefusedError): readonly Half[] | undefined {
  const { assetIds, holderIds } = request;
  if (assetIds.length > 1) return inTwo(assetIds).map((half) => ({ assetIds: half, holderIds }));
  if (holderIds.length > 1 && !aboutTitles.has(error.number ?? 0))
    return inTwo(holderIds).map((half) => ({ assetIds, holderIds: half }));
  return undefined;
}

function inTwo(ids: readonly number[]): number[][] {
  const middle = Math.ceil(ids.length / 2);
  return [ids.slice(0, middle), ids.slice(middle)];
}

async function sendApart(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  half: Half,
): Promise<void> {
  const { id } = await trx
    .insertInto('associations.appleRequest')
    .values({
      locationUid: request.locationUid,
      op: request.op,
      epoch: request.epoch,
      createdAt: context.clock.now(),
      ...half,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await moveToRequest(trx, request.id, id, half.assetIds, half.holderIds);
}

async function isEndless(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  error: RefusedError,
): Promise<boolean> {
  const { count } = await trx
    .selectFrom('associations.appleRequest')
    .select((one) => one.fn.countAll<number>().as('count'))
    .where('locationUid', '=', request.locationUid)
    .where('state', '=', 'refused')
    .where('errorNumber', '=', error.number ?? 0)
    .where('settledAt', '>', new Date(context.clock.now().getTime() - latelyMs))
    .executeTakeFirstOrThrow();
  return count >= mostRefusals;
}
