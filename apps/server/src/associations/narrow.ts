import type { ErrorInfo, RefusedError } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { lockStock, moveToRequest, openPairs } from '../grants/index.ts';
import { pairsNamed } from './named.ts';
import { concludeRefused } from './outcomes.ts';
import { type AppleRequest, giveBack, isAboutLicenses, writeRequests } from './requests.ts';
import { type Said, lockUsersOf, moveUsers, refuseUsers } from './users.ts';

/** Refusals that are about a title of the request: nothing is gained by trying it with fewer holders. */
const aboutTitles = new Set([9605, 9607, 9624, 9628, 9643, 9706, 9707, 9709]);
/** Refusals that may be about a title, a person or a device of the request, not about the request or the token. */
const aboutAny = new Set([9602, 9609, 9610, 9616, 9618, 9619, 9620, 9626]);
/** Refusals that are about somebody in a request about people. */
const aboutPeople = new Set([9602, 9609, 9616, 9618, 9620, 9635, 9636, 9641, 9716, 9717]);

/** So many requests refused with one number lately: it is not one culprit, and halving would only go on asking. */
const mostRefusals = 64;
const latelyMs = 10 * 60_000;

/** Whether a refusal is about some pairs or people of the request, so that the others may go through. */
export function isAboutSome({ number }: RefusedError, request: AppleRequest): boolean {
  if (number === undefined) return false;
  if (!isAboutLicenses(request)) return aboutPeople.has(number);
  return aboutTitles.has(number) || aboutAny.has(number);
}

/**
 * Only the culprit is marked: what Apple names, or else the pair or person that is left when a refused request is sent
 * again as two halves, and again. The others go back to the writer.
 */
export async function narrow(
  context: Context,
  request: AppleRequest,
  error: RefusedError,
): Promise<void> {
  const said = { number: error.number ?? 0, message: error.message };
  await context.db.transaction().execute(async (trx) => {
    await lockStock(trx, request.assetIds);
    await lockUsersOf(trx, [request.id]);
    const { errorInfo } = error;
    if (errorInfo === undefined || !(await blame(context, trx, request, errorInfo, said))) {
      const halves = halve(request, error);
      if (halves === undefined || (await isEndless(context, trx, request, error))) {
        await blame(context, trx, request, 'all', said);
      } else for (const half of halves) await sendApart(context, trx, request, half);
    }
    const now = context.clock.now();
    await giveBack(trx, request, 'refused', now, [now], error);
  });
}

/** Draws the conclusion for the pairs or people that Apple names, or for all. @returns whether any was meant */
async function blame(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  whom: ErrorInfo | 'all',
  said: Said,
): Promise<boolean> {
  if (isAboutLicenses(request)) {
    const pairs =
      whom === 'all' ? await openPairs(trx, request.id) : await pairsNamed(trx, request, whom);
    if (pairs === undefined) return false;
    await concludeRefused(context, trx, request, pairs, said);
    return true;
  }
  if (whom !== 'all' && whom.clientUserIds.length === 0) return false;
  await refuseUsers(context, trx, request, whom === 'all' ? undefined : whom.clientUserIds, said);
  return true;
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
  const [id] = await writeRequests(context, trx, request, [
    { op: request.op, urgent: request.urgent, ...half },
  ]);
  if (id === undefined) throw new Error('A request was not written.');
  if (isAboutLicenses(request))
    await moveToRequest(trx, request.id, id, half.assetIds, half.holderIds);
  else await moveUsers(trx, request.id, id, half.holderIds);
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
