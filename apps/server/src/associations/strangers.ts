import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import type { Pairs } from '../grants/index.ts';

/**
 * SQL about a pair of the asset `a` and the holder `h`, and the request `sent` for it, whose outcome is unknown: whether
 * Apple's notifications tell that somebody else has assigned the pair since. Apple's lists do not say who assigned. An
 * event of a person has no id, and one of another service names what the request was not about.
 */
export const assignedByOthers = sql<boolean>`exists (
  select from library.notification n
  cross join lateral jsonb_to_recordset(n.body -> 'notification' -> 'assignments')
    as named ("adamId" text, "pricingParam" text, "serialNumber" text, "clientUserId" text)
  where n.location_uid = sent.location_uid and n.type = 'ASSET_MANAGEMENT' and n.received_at >= sent.sent_at
    and n.body -> 'notification' ->> 'type' = 'ASSOCIATE' and n.body -> 'notification' ->> 'result' = 'SUCCESS'
    and named."adamId" = a.adam_id and coalesce(named."pricingParam", 'STDQ') = a.pricing_param
    and case h.kind when 'device' then named."serialNumber" else named."clientUserId" end = h.key
    and not exists (select from associations.apple_request ours
      where ours.location_uid = n.location_uid and ours.event_id = n.event_id)
    and (n.event_id is null or exists (
      select from jsonb_to_recordset(n.body -> 'notification' -> 'assignments')
        as other ("adamId" text, "pricingParam" text, "serialNumber" text, "clientUserId" text)
      where not exists (
        select from library.asset oa, library.holder oh
        where oa.id = any(sent.asset_ids) and oh.id = any(sent.holder_ids) and oa.adam_id = other."adamId"
          and oa.pricing_param = coalesce(other."pricingParam", 'STDQ')
          and oh.key = coalesce(other."serialNumber", other."clientUserId")))))`;

/** The open pairs of a request of unknown outcome that somebody else is known to have assigned meanwhile. */
export async function pairsOfOthers(trx: Trx, requestId: number): Promise<Pairs> {
  const { rows } = await sql<{ assetId: number; holderId: number }>`
    select c.asset_id, c.holder_id
    from associations.apple_request sent
    join grants.open_change c on c.request_id = sent.id
    join library.license l on l.asset_id = c.asset_id and l.holder_id = c.holder_id and l.present
    join library.asset a on a.id = c.asset_id
    join library.holder h on h.id = c.holder_id
    where sent.id = ${requestId} and sent.op = 'associate' and sent.state = 'unknown' and ${assignedByOthers}`.execute(
    trx,
  );
  return {
    assetIds: rows.map((row) => row.assetId),
    holderIds: rows.map((row) => row.holderId),
  };
}
