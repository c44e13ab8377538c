import type { Selectable } from 'kysely';
import type { AuditEntry } from '../../db/generated/tables.ts';
import { type Face, pageOf, pageQuery } from './face.ts';

/** GET /api/audit: what was done, by whom and why, newest first */
export function registerAudit({ app, context }: Face): void {
  app.get('/audit', { schema: { querystring: pageQuery } }, async (request) => {
    const { top, skip } = pageOf(request.query);
    const { count } = await context.db
      .selectFrom('audit.entry')
      .select((one) => one.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const entries = await context.db
      .selectFrom('audit.entry')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(top)
      .offset(skip)
      .execute();
    return { count, value: entries.map(entryView) };
  });
}

function entryView(entry: Selectable<AuditEntry>): object {
  return {
    id: entry.id,
    at: entry.at,
    actor: { kind: entry.actorKind, name: entry.actorName },
    action: entry.action,
    target: { kind: entry.targetKind, id: entry.targetId, name: entry.targetName },
    reason: entry.reason,
    detail: entry.detail,
  };
}
