import { Type } from 'typebox';
import {
  type AlertRow,
  listAlerts,
  markAlertSeen,
  readAlertSettings,
  updateAlertSettings,
} from '../../alerts/index.ts';
import { callerOf } from '../auth.ts';
import { withId } from '../typed-app.ts';
import { type Face, pageOf, pageQuery } from './face.ts';

const alertQuery = Type.Object({
  ...pageQuery.properties,
  state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('closed')])),
});
const settingsBody = Type.Object({ lowLicensesPercent: Type.Number() });

/**
 * GET /api/alerts: what somebody should look at, unseen and severe first; POST /api/alerts/{id}/seen;
 * GET, PUT /api/alert-settings
 */
export function registerAlerts({ app, context }: Face): void {
  app.get('/alerts', { schema: { querystring: alertQuery } }, async (request) => {
    const { state = 'open' } = request.query;
    const { count, rows } = await listAlerts(context.db, { state, ...pageOf(request.query) });
    return { count, value: rows.map(alertView) };
  });
  app.post('/alerts/:id/seen', { schema: { params: withId } }, async (request, reply) => {
    await markAlertSeen(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.get('/alert-settings', async () => readAlertSettings(context.db));
  app.put('/alert-settings', { schema: { body: settingsBody } }, async (request, reply) => {
    await updateAlertSettings(context, request.body, callerOf(request).actor);
    return reply.code(204).send();
  });
}

function alertView(alert: AlertRow): object {
  const { seenAt, seenBy } = alert;
  return {
    id: alert.id,
    kind: alert.kind,
    severity: alert.severity,
    subject: { kind: alert.subjectKind, id: alert.subjectId, name: alert.subjectName },
    reason: { cause: alert.message, who: alert.who, next: alert.remedy },
    seen: seenAt === null ? null : { at: seenAt, by: seenBy },
    openedDateTime: alert.openedAt,
    changedDateTime: alert.changedAt,
    closedDateTime: alert.closedAt,
  };
}
