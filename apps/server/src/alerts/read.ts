import { type Selectable } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import type { AlertsAlert } from '../db/generated/tables.ts';
import { hint } from '../db/hints.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';

export type AlertRow = Selectable<AlertsAlert>;

/** What to list: open alerts, or those that are over, the latest first. */
export interface AlertQuery {
  readonly state: 'open' | 'closed';
  readonly top: number;
  readonly skip: number;
}

/** Alerts, those that nobody has seen first, then the most severe; `count` is that of the whole list. */
export async function listAlerts(
  db: Database,
  query: AlertQuery,
): Promise<{ readonly count: number; readonly rows: readonly AlertRow[] }> {
  const alerts = db
    .selectFrom('alerts.alert')
    .where('closedAt', query.state === 'open' ? 'is' : 'is not', null);
  const { count } = await alerts
    .select((one) => one.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const rows = await alerts
    .selectAll()
    .orderBy((one) => one('seenAt', 'is', null), 'desc')
    .orderBy((one) => one('severity', '=', 'critical'), 'desc')
    .orderBy((one) => one('severity', '=', 'warning'), 'desc')
    .orderBy('changedAt', 'desc')
    .orderBy('id')
    .limit(query.top)
    .offset(query.skip)
    .execute();
  return { count, rows };
}

/**
 * Somebody has seen an alert: it moves down the list until it grows.
 *
 * @throws Problem `alertNotFound`
 */
export async function markAlertSeen(context: Context, id: string, actor: Actor): Promise<void> {
  const now = context.clock.now();
  await context.db.transaction().execute(async (trx) => {
    const seen = isGuid(id)
      ? await trx
          .updateTable('alerts.alert')
          .set({ seenAt: now, seenBy: actor.name })
          .where('id', '=', id)
          .where('closedAt', 'is', null)
          .returning(['kind', 'subjectName'])
          .executeTakeFirst()
      : undefined;
    if (seen === undefined)
      throw new Problem('notFound', 'alertNotFound', `There is no open alert ${id}.`);
    await hint(trx, 'alerts');
    await recordAudit(trx, now, actor, {
      action: 'markAlertSeen',
      target: { kind: 'alert', id, name: seen.subjectName },
      detail: { kind: seen.kind },
    });
  });
}
