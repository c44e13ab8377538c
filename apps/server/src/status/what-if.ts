import { AppsAndBooksError } from '@allotment/apps-and-books';
import { forecast, packChanges, type RequestLimits } from '@allotment/licensing';
import { sql } from 'kysely';
import { type AssignmentInput, writeAssignments } from '../assignments/index.ts';
import type { Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { type Rehearsal, rehearse, type RehearsedHolder, seats } from '../grants/index.ts';

/** What would become of the licenses of an app if its assignments were saved like this. */
export interface WhatIfAnswer {
  readonly licenses: {
    /** Null when unlimited, like `free`. */
    readonly owned: number | null;
    readonly foreign: number;
    readonly free: number | null;
    /** Who would want one, and how many further licenses that takes. */
    readonly wanted: number;
    readonly needed: number;
  };
  readonly devices: { readonly notApplicable: number };
  readonly outcome: Pick<
    Rehearsal,
    'served' | 'waiting' | 'newlyWaiting' | 'returning' | 'returningLater'
  > & {
    /** Of those who wait, how many the licenses serve that go back. */
    readonly servedByReturns: number;
  };
  /** What is missing for nobody to wait; price and cost as the store shows them, null when it names none. */
  readonly toBuy: {
    readonly licenses: number;
    readonly price: string | null;
    readonly cost: number | null;
  };
  /** What would not be done before a person says so (Law 11). */
  readonly stops: {
    readonly brake: Rehearsal['brake'];
    readonly unreleased: number;
  };
  /** False: what is granted can never be taken back. */
  readonly revocable: boolean;
  /** Null when Apple's limits are not known and cannot be asked for now. */
  readonly requests: { readonly associate: number; readonly disassociate: number } | null;
  /** What the people who would get a license are asked; behavior 58 where there are kiosks among them. */
  readonly prompts: Rehearsal['prompts'];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Up to fifty of each outcome, the first in line first. */
  readonly who: readonly RehearsedHolder[];
}

/** The answer does not wait for Apple any longer than this. */
const limitsWithinMs = 1_000;

interface Facts {
  /** Null when unlimited. */
  readonly owned: number | null;
  readonly foreignHeld: number;
  readonly taken: number;
  readonly revocable: boolean;
  readonly price: string | null;
}

/**
 * Says beforehand what saving these assignments of an app would do. Nothing is changed.
 *
 * @throws Problem as saving them would
 */
export async function whatIf(
  context: Context,
  appId: string,
  wanted: readonly AssignmentInput[],
  actor: Actor,
  signal: AbortSignal,
): Promise<WhatIfAnswer> {
  const facts = await readFacts(context.db, appId);
  const rehearsal = await rehearse(context, appId, async (trx) => {
    await writeAssignments(context, trx, appId, wanted, actor);
  });
  const { returning, returningLater } = rehearsal;
  const foretold = forecast({
    total: facts.owned,
    foreignHeld: facts.foreignHeld,
    taken: facts.taken,
    wanted: rehearsal.wanted,
    granted: rehearsal.granted,
    satisfied: rehearsal.satisfied,
    reclaimable: returning,
    price: amountOf(facts.price),
  });
  return {
    licenses: {
      owned: facts.owned,
      foreign: facts.foreignHeld,
      free: foretold.free,
      wanted: rehearsal.wanted,
      needed: foretold.needed,
    },
    devices: { notApplicable: rehearsal.notApplicable },
    outcome: {
      served: rehearsal.served,
      waiting: rehearsal.waiting,
      newlyWaiting: rehearsal.newlyWaiting,
      returning,
      returningLater,
      servedByReturns: foretold.servedLater,
    },
    toBuy: { licenses: foretold.toBuy, price: facts.price, cost: foretold.cost },
    stops: { brake: rehearsal.brake, unreleased: rehearsal.unreleased },
    revocable: facts.revocable,
    requests: await countRequests(context, rehearsal, signal),
    prompts: rehearsal.prompts,
    warnings: warningsOf(rehearsal),
    who: rehearsal.who,
  };
}

function warningsOf({ prompts, servedTwice }: Rehearsal): WhatIfAnswer['warnings'] {
  const { kiosksWithUserLicense } = prompts;
  const kiosks = kiosksWithUserLicense === 1 ? 'A kiosk' : `${kiosksWithUserLicense} kiosks`;
  const devices = servedTwice === 1 ? 'A device' : `${servedTwice} devices`;
  return [
    {
      when: kiosksWithUserLicense > 0,
      code: 'kioskWithUserLicense',
      message: `${kiosks} would get the app by a user license, which is not recommended: nobody there can sign in. Use device licenses.`,
    },
    {
      when: servedTwice > 0,
      code: 'servedTwice',
      message: `${devices} would be served with the title twice, by a device license and by a license of the person from another location or purchase. Apple does not support both on one device: use one type of license for these devices.`,
    },
  ].flatMap(({ when, ...warning }) => (when ? [warning] : []));
}

async function readFacts(db: Database, appId: string): Promise<Facts> {
  const { rows } = await sql<Facts>`
    select ${seats} as owned, coalesce(s.foreign_held, a.assigned) as foreign_held, coalesce(s.taken, 0) as taken, a.revocable, t.price
    from library.app app join library.asset a on a.id = app.asset_id
    left join grants.stock s on s.asset_id = a.id
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    where app.id = ${appId}`.execute(db);
  const [facts] = rows;
  if (facts === undefined) throw new Error(`The app ${appId} is not there.`);
  return facts;
}

/** By Apple's limits of the moment, for this app alone: with changes of other apps beside them they are fewer. */
async function countRequests(
  context: Context,
  { changes }: Rehearsal,
  signal: AbortSignal,
): Promise<WhatIfAnswer['requests']> {
  if (changes.length === 0) return { associate: 0, disassociate: 0 };
  const limits = await limitsOf(context, signal);
  if (limits === undefined) return null;
  const count = (op: 'associate' | 'disassociate'): number =>
    packChanges(
      changes.filter((change) => change.op === op).map((change) => ({ ...change, assetId: 0 })),
      limits,
    ).length;
  return { associate: count('associate'), disassociate: count('disassociate') };
}

async function limitsOf(context: Context, signal: AbortSignal): Promise<RequestLimits | undefined> {
  const late = AbortSignal.timeout(limitsWithinMs);
  try {
    return (await context.apple.serviceConfig(AbortSignal.any([signal, late]))).limits;
  } catch (error) {
    if (error instanceof AppsAndBooksError || late.aborted) return undefined;
    throw error;
  }
}

/** The number in a price as a store writes it: "$9.99", "9,99 €", "Free"; null when there is none to be sure of. */
export function amountOf(price: string | null): number | null {
  if (price === null) return null;
  if (/^(free|gratis)$/i.test(price.trim())) return 0;
  const found = /^\D*(\d{1,3}(?:[.,\s’']\d{3})*|\d+)(?:[.,](\d{1,2}))?\D*$/.exec(price.trim());
  if (found === null) return null;
  const [, whole = '', cents = '0'] = found;
  return Number(`${whole.replaceAll(/\D/g, '')}.${cents}`);
}
