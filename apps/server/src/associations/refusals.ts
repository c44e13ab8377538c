import type { EventStatus } from '@allotment/apps-and-books';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import type { Pairs } from '../grants/index.ts';
import { pairsNamed } from './named.ts';
import { concludeRefused } from './outcomes.ts';
import type { AppleRequest } from './requests.ts';
import type { Said } from './users.ts';

/** What Apple refused of a request; pairs: undefined when it named none. */
export interface Refusal {
  readonly pairs: Pairs | undefined;
  readonly said: Said;
}

export const withoutReason: Said = { number: 0, message: 'Apple refused without saying why.' };

/** What an event's failures say of a request's pairs. */
export async function refusalsOf(
  trx: Trx,
  request: AppleRequest,
  status: EventStatus,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const { errorNumber, errorMessage, errorInfo } of status.failures) {
    refusals.push({
      pairs: errorInfo === undefined ? undefined : await pairsNamed(trx, request, errorInfo),
      said: { number: errorNumber, message: errorMessage },
    });
  }
  return refusals;
}

/** Each pair goes by the first refusal that names it. */
export async function settleNamed(
  context: Context,
  trx: Trx,
  request: AppleRequest,
  refusals: readonly Refusal[],
): Promise<void> {
  for (const { pairs, said } of refusals) {
    if (pairs !== undefined) await concludeRefused(context, trx, request, pairs, said);
  }
}
