import { sql } from 'kysely';

/** SQL: whether a row of demand has the license: a seat of ours, or Apple shows the pair (Law 8). */
export const has = (
  row: string,
) => sql`(${sql.ref(`${row}.granted`)} or exists (select from library.license shown
  where shown.asset_id = ${sql.ref(`${row}.asset_id`)} and shown.holder_id = ${sql.ref(`${row}.holder_id`)} and shown.present))`;
