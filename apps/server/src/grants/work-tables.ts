import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

/**
 * Said of each column that could hold long values: ours are short. A table without this has another for long values with
 * an index, and to empty all of those takes 2 ms of each commit.
 */
const plain = 'storage plain';

/**
 * The tables a decision works with, private to its connection and empty after its transaction: from those it may
 * concern (`candidate`), the devices and people looked at (`subject`), their groups (`membership`) and what is
 * assigned to them (`offer`), over what that sums up to for each device (`hit`, `outcome`, `resolved`) to what becomes of
 * each pair (`verdict`), which devices a user license is for (`placed`) and what comes to an end (`ending`).
 */
const tables = `
  create temporary table if not exists candidate (directory_device_id uuid, person_id uuid, holder_id integer, book boolean)
    on commit delete rows;
  create temporary table if not exists subject (n integer, fit integer, device_id uuid, person_id uuid, holder_id integer, person_holder_id integer,
    directory_device_id uuid, family text ${plain}, os_version text ${plain}, user_enrollment boolean, mine boolean, first_seen bigint, rank bigint,
    shared boolean, managed_account boolean, expected boolean, runs_ios_apps boolean, user_channel boolean)
    on commit delete rows;
  create temporary table if not exists membership (n integer, group_id uuid, of_person boolean) on commit delete rows;
  create temporary table if not exists offer (ord integer, app_id uuid, asset_id integer, below uuid, target text ${plain}, required integer,
    available integer, of_users integer, of_devices integer, book boolean, license_type text ${plain}, priority integer, on_unassign text ${plain},
    to_expected boolean, on_macs boolean) on commit delete rows;
  create temporary table if not exists hit (n integer, app_id uuid, asset_id integer, flags integer, sum integer[] ${plain})
    on commit delete rows;
  create temporary table if not exists outcome (app_id uuid, sum integer[] ${plain}, verdict text ${plain}, license_type text ${plain}, priority integer,
    on_unassign text ${plain}, ahead boolean, asked boolean, offered boolean, place bigint) on commit delete rows;
  create temporary table if not exists resolved (asset_id integer, device_id uuid, holder_id integer, person_holder_id integer,
    app_id uuid, mine boolean, verdict text ${plain}, license_type text ${plain}, priority integer, on_unassign text ${plain}, ahead boolean, asked boolean,
    offered boolean, first_seen bigint, rank bigint) on commit delete rows;
  create temporary table if not exists verdict (asset_id integer, holder_id integer, app_id uuid, verdict text ${plain}, priority integer,
    on_unassign text ${plain}, ahead boolean, asked boolean, rank bigint, new boolean, changed boolean, present boolean)
    on commit delete rows;
  create temporary table if not exists placed (asset_id integer, device_id uuid, holder_id integer, app_id uuid, ahead boolean,
    asked boolean, kept boolean, refused text ${plain}) on commit delete rows;
  create temporary table if not exists ending (asset_id integer, holder_id integer, reason text ${plain}, kept boolean, offered boolean, ends_at timestamptz)
    on commit delete rows;`;
/** Those that a decision fills after its subjects. */
const ofDecision = sql.raw(
  'subject, membership, offer, hit, outcome, resolved, verdict, placed, ending',
);

/**
 * Makes sure that the tables are there, and empty. They mostly are, and to truncate them costs more than to look; who
 * lists candidates and decides about them has filled the first only.
 */
export async function clearWorkTables(trx: Trx): Promise<void> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass('pg_temp.ending') is not null as there`.execute(trx);
  if (rows[0]?.there !== true) {
    await sql.raw(tables).execute(trx);
    return;
  }
  const { rows: used } = await sql<{ candidates: boolean; decision: boolean }>`
    select exists (select from candidate) as candidates,
      exists (select from subject) or exists (select from offer) or exists (select from ending) as decision`.execute(
    trx,
  );
  if (used[0]?.candidates === true) await sql`truncate candidate`.execute(trx);
  if (used[0]?.decision === true) await sql`truncate ${ofDecision}`.execute(trx);
}
