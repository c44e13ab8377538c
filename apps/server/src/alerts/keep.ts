import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import type { AlertSource, Finding } from './source.ts';

/**
 * Looks for the conditions of one kind when its time has come, and brings the alerts in line: new ones are opened,
 * changed ones told anew, those whose condition is over are closed.
 *
 * @returns whether its time had come
 */
export async function keepAlerts(context: Context, source: AlertSource): Promise<boolean> {
  const now = context.clock.now();
  if (!(await claimLook(context, source, now))) return false;
  const findings = await source.find(context);
  await context.db.transaction().execute(async (trx) => bringInLine(trx, source, findings, now));
  return true;
}

/** Those of `sources` that nobody looked for in time: one question for all of them, as it is asked every second. */
export async function dueSources(
  { db, clock }: Context,
  sources: readonly AlertSource[],
): Promise<readonly AlertSource[]> {
  const later = await db
    .selectFrom('alerts.look')
    .select('kind')
    .where('nextAt', '>', clock.now())
    .execute();
  const kinds = new Set(later.map(({ kind }) => kind));
  return sources.filter(({ kind }) => !kinds.has(kind));
}

/** One process looks at a time. */
async function claimLook(context: Context, source: AlertSource, now: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into alerts.look as l (kind, next_at) values (${source.kind}, ${new Date(now.getTime() + source.everyMs)})
    on conflict (kind) do update set next_at = excluded.next_at where l.next_at <= ${now}`.execute(
    context.db,
  );
  return numAffectedRows === 1n;
}

async function bringInLine(
  trx: Trx,
  source: AlertSource,
  findings: readonly Finding[],
  now: Date,
): Promise<void> {
  const json = JSON.stringify(
    findings.map((one) => ({
      subject_id: one.subjectId,
      subject_name: one.subjectName,
      severity: one.severity,
      stage: one.stage ?? 0,
      message: one.message,
      remedy: one.remedy,
    })),
  );
  const found = sql`jsonb_populate_recordset(null::alerts.alert, ${json}::jsonb)`;
  const closed = await sql`update alerts.alert a set closed_at = ${now}
    where a.kind = ${source.kind} and a.closed_at is null
      and not exists (select from ${found} f where f.subject_id = a.subject_id)`.execute(trx);
  const told = await sql`
    insert into alerts.alert as a
      (kind, subject_kind, subject_id, subject_name, severity, stage, message, who, remedy, opened_at, changed_at)
    select ${source.kind}, ${source.subjectKind}, subject_id, subject_name, severity, stage, message, ${source.who}, remedy,
      ${now}, ${now}
    from ${found} f order by subject_id
    on conflict (kind, subject_id) where closed_at is null do update set
      subject_name = excluded.subject_name, severity = excluded.severity, stage = excluded.stage,
      message = excluded.message, remedy = excluded.remedy, changed_at = ${now},
      seen_at = case when excluded.stage > a.stage then null else a.seen_at end,
      seen_by = case when excluded.stage > a.stage then null else a.seen_by end
    where (a.subject_name, a.severity, a.stage, a.message, a.remedy)
      is distinct from (excluded.subject_name, excluded.severity, excluded.stage, excluded.message, excluded.remedy)`.execute(
    trx,
  );
  if ((closed.numAffectedRows ?? 0n) + (told.numAffectedRows ?? 0n) > 0n) await hint(trx, 'alerts');
}
