import type { ErrorInfo, RefusedError } from '@allotment/apps-and-books';
import { type Division, type Rectangle, type Trial, narrowDown } from '@allotment/licensing';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { lockStock, moveToRequest, openPairs } from '../grants/index.ts';
import { pairsNamed, usersNamed } from './named.ts';
import { concludeRefused } from './outcomes.ts';
import {
  type AppleRequest,
  giveBack,
  growingPauses,
  isAboutLicenses,
  writeRequests,
} from './requests.ts';
import { stopsLooking } from './stop-looking.ts';
import { type Said, lockUsersOf, moveUsers, refuseUsers } from './users.ts';

/** Refusals that are about a title of the request: nothing is gained by trying it with fewer holders. */
const aboutTitles = new Set([9605, 9607, 9624, 9628, 9643, 9706, 9707, 9709]);
/** Refusals that may be about a title, a person or a device of the request, not about the request or the token. */
const aboutAny = new Set([9602, 9609, 9610, 9616, 9618, 9619, 9620, 9626]);
/** Refusals that are about somebody in a request about people. */
const aboutPeople = new Set([9602, 9609, 9616, 9618, 9620, 9635, 9636, 9641, 9716, 9717]);

/** Whether a refusal with this number is about some pairs or people of the request, so that the others may go through. */
function isAboutSome({ number }: RefusedError, request: AppleRequest): boolean {
  if (number === undefined) return false;
  if (!isAboutLicenses(request)) return aboutPeople.has(number);
  return aboutTitles.has(number) || aboutAny.has(number);
}

/**
 * Only the culprit is marked: what Apple names, whatever the number, and the others go back to the writer. Without a
 * name the request is divided until the culprit is found.
 *
 * @returns false when the refusal is about the request as a whole: nothing was done
 */
export async function narrow(
  context: Context,
  request: AppleRequest,
  error: RefusedError,
): Promise<boolean> {
  if (error.errorInfo === undefined && !isAboutSome(error, request)) return false;
  const said = saidOf(error.number, error.message);
  return context.db.transaction().execute(async (trx) => {
    const looking = await lockFamily(trx, request, request.narrows ?? request.id);
    const now = context.clock.now();
    const isNamed = await blameNamed(context, trx, request, error.errorInfo, said);
    if (!isNamed && !isAboutSome(error, request)) return false;
    const stop = isNamed ? undefined : await stopsLooking(context, trx, request, said.number);
    if (stop === 'all') await blame(context, trx, request, request, said);
    if (!isNamed && stop === undefined) await divideAll(context, trx, looking, said, request.id);
    const moments = stop === 'later' ? growingPauses(context) : [now];
    await giveBack(trx, request, 'refused', now, moments, error);
    return true;
  });
}

/** Goes on looking for a culprit after a part of the refused request went through. */
export async function goOnNarrowing(
  context: Context,
  request: AppleRequest,
  root: number,
): Promise<void> {
  if (!isAboutLicenses(request)) return;
  await context.db.transaction().execute(async (trx) => {
    const looking = await lockFamily(trx, request, root);
    const last = looking.family.findLast(({ state }) => state === 'refused');
    const said = saidOf(last?.errorNumber, last?.errorMessage);
    await divideAll(context, trx, looking, said, undefined);
  });
}

function saidOf(number: number | null | undefined, message: string | null | undefined): Said {
  return { number: number ?? 0, message: message ?? '' };
}

/** A request that was refused, and all its parts. */
interface Looking {
  readonly root: number;
  readonly family: readonly AppleRequest[];
}

/** Locks what they are about: the titles first, as everybody does. */
async function lockFamily(trx: Trx, request: AppleRequest, root: number): Promise<Looking> {
  const family = await trx
    .selectFrom('associations.appleRequest')
    .selectAll()
    .where((where) => where.or([where('id', '=', root), where('narrows', '=', root)]))
    .orderBy('id')
    .execute();
  await lockStock(trx, [...new Set(family.flatMap(({ assetIds }) => assetIds))]);
  await lockUsersOf(trx, [request.id]);
  return { root, family };
}

/** Draws the conclusion for the pairs or people that Apple names. @returns whether it named any of the request */
async function blameNamed(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  named: ErrorInfo | undefined,
  said: Said,
): Promise<boolean> {
  if (named === undefined) return false;
  if (isAboutLicenses(request)) {
    const pairs = await pairsNamed(trx, request, named);
    if (pairs !== undefined) await concludeRefused(context, trx, request, pairs, said);
    return pairs !== undefined;
  }
  const whom = await usersNamed(trx, request, named);
  if (whom.length > 0) await refuseUsers(context, trx, request, whom, said);
  return whom.length > 0;
}

/** Draws the conclusion for some pairs of a request, or for all its people. */
async function blame(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  which: Rectangle,
  said: Said,
): Promise<void> {
  if (!isAboutLicenses(request)) {
    await refuseUsers(context, trx, request, undefined, said);
    return;
  }
  const open = await openPairs(trx, request.id);
  const [assets, holders] = [new Set(which.assetIds), new Set(which.holderIds)];
  const isMeant = open.assetIds.map(
    (id, i) => assets.has(id) && holders.has(open.holderIds[i] ?? 0),
  );
  const pairs = {
    assetIds: open.assetIds.filter((_, i) => isMeant[i]),
    holderIds: open.holderIds.filter((_, i) => isMeant[i]),
  };
  await concludeRefused(context, trx, request, pairs, said);
}

async function divideAll(
  context: Context,
  trx: Trx,
  { root, family }: Looking,
  said: Said,
  refusedId: number | undefined,
): Promise<void> {
  const trials = family.flatMap((one) => {
    const outcome = one.id === refusedId ? 'refused' : outcomeOf(one);
    const { id, assetIds, holderIds } = one;
    return outcome === undefined ? [] : [{ id, assetIds, holderIds, outcome }];
  });
  for (const division of narrowDown(trials, refusedId, aboutTitles.has(said.number))) {
    const request = family.find(({ id }) => id === division.id);
    if (request !== undefined) await divide(context, trx, root, request, division, said);
    if (request?.state === 'planned') {
      const now = context.clock.now();
      await giveBack(trx, request, 'abandoned', now, [now], { message: 'Sent in parts.' });
    }
  }
}

/** Undefined: it tells nothing, or not yet. */
function outcomeOf({ state }: AppleRequest): Trial['outcome'] | undefined {
  if (state === 'accepted' || state === 'settled') return 'accepted';
  if (state === 'planned') return 'waiting';
  return state === 'refused' ? 'refused' : undefined;
}

async function divide(
  context: Context,
  trx: Trx,
  root: number,
  request: AppleRequest,
  { blamed, parts }: Division,
  said: Said,
): Promise<void> {
  if (blamed !== undefined) await blame(context, trx, request, blamed, said);
  const { op, urgent } = request;
  const drafts = parts.map((part) => ({ op, urgent, narrows: root, ...part }));
  const ids = await writeRequests(context, trx, request, drafts);
  for (const [i, { assetIds, holderIds }] of parts.entries()) {
    const id = ids[i];
    if (id === undefined) throw new Error('A request was not written.');
    if (isAboutLicenses(request))
      await moveToRequest(trx, request.id, id, [...assetIds], [...holderIds]);
    else await moveUsers(trx, request.id, id, holderIds);
  }
}
