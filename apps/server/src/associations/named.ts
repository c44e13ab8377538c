import type { EventStatus } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { Pairs } from '../grants/index.ts';
import type { AppleRequest } from './requests.ts';

type ErrorInfo = NonNullable<EventStatus['failures'][number]['errorInfo']>;

/**
 * The pairs of a request that Apple names; a kind of target it does not name is meant whole.
 *
 * @returns undefined when it names nothing of the request
 */
export async function pairsNamed(
  trx: Trx,
  request: AppleRequest,
  info: ErrorInfo,
): Promise<Pairs | undefined> {
  const { assets } = info;
  const holders = [...info.serialNumbers, ...info.clientUserIds];
  if (assets.length === 0 && holders.length === 0) return undefined;
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select a.id as asset_id, h.id as holder_id
    from library.asset a cross join library.holder h
    where a.id = any(${request.assetIds}::int[]) and h.id = any(${request.holderIds}::int[])
      and (${assets.length === 0} or (a.adam_id, a.pricing_param) in (
        select * from unnest(${assets.map((asset) => asset.adamId)}::text[], ${assets.map((asset) => asset.pricingParam)}::text[])))
      and (${holders.length === 0} or h.key = any(${holders}::text[]))`.execute(trx);
  if (rows.length === 0) return undefined;
  return { assetIds: rows.map((row) => row.assetId), holderIds: rows.map((row) => row.holderId) };
}

/** Those of the people whom Apple names that a request is about. */
export async function usersNamed(
  trx: Trx,
  request: { readonly id: number },
  { clientUserIds }: ErrorInfo,
): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    select h.key from associations.apple_user u join library.holder h on h.id = u.holder_id
    where u.request_id = ${request.id} and h.kind = 'person' and h.key = any(${clientUserIds}::text[])`.execute(
    trx,
  );
  return rows.map((row) => row.key);
}
