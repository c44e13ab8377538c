import { type RawBuilder, sql } from 'kysely';

/** SQL: whether a row of demand has the license: a seat of ours, or Apple shows the pair (Law 8). */
export const has = (
  row: string,
) => sql`(${sql.ref(`${row}.granted`)} or exists (select from library.license shown
  where shown.asset_id = ${sql.ref(`${row}.asset_id`)} and shown.holder_id = ${sql.ref(`${row}.holder_id`)} and shown.present))`;

/** SQL: whether Apple shows the license of a row of demand, or was asked for it: more than a seat that is set aside. */
export const isAtApple = (row: string) => {
  const of = (column: string) => sql.ref(`${row}.${column}`);
  return sql`case when ${of('granted')} then ${of('held')} or exists (select from grants.open_change sent
    where sent.asset_id = ${of('asset_id')} and sent.holder_id = ${of('holder_id')} and sent.request_id is not null) else ${has(row)} end`;
};

/** SQL: whether an assignment wants a row `d` of demand: else its license is only kept, if it is there. */
export const isAssigned = sql<boolean>`(d.wanted and not d.kept and d.ends_at is null)`;

/**
 * SQL: whether a row of demand is in the line for its asset: an assignment wants it, it has none, needs one, and did not
 * stop (Law 11). The index `demand_waiting` holds these, in the order of the line.
 */
export const waits = (row: string) => {
  const of = (column: string) => sql.ref(`${row}.${column}`);
  return sql<boolean>`(${of('wanted')} and not ${of('granted')} and not ${of('found')}
    and not ${of('kept')} and ${of('ends_at')} is null
    and ${of('covered_by')} is null and ${of('stopped_reason')} is null)`;
};

/** SQL: whether a row of demand waits for a person to release what Apple never takes back (Law 11). */
export const awaitsPersonsRelease = (
  row: string,
) => sql<boolean>`exists (select from grants.irrevocable unreleased
  where unreleased.asset_id = ${sql.ref(`${row}.asset_id`)} and unreleased.waiting > 0
    and coalesce(${sql.ref(`${row}.position`)} >= unreleased.released_before, true))`;

/**
 * A query of the places in the lines for some assets: `asset_id`, `holder_id`, `place` from 1.
 *
 * @param assetIds a query of them
 */
export const placesInLine = (assetIds: RawBuilder<unknown>) => sql`
  select asset_id, holder_id, row_number() over (partition by asset_id order by priority desc, position)::int as place
  from grants.demand d where ${waits('d')} and asset_id in (${assetIds})`;
