import { Type } from 'typebox';
import {
  listRequests,
  type RequestRow,
  requestTitle,
  withdrawRequest,
} from '../../grants/index.ts';
import { callerOf } from '../auth.ts';
import { withId } from '../typed-app.ts';
import { type Face, pageOf, pageQuery } from './face.ts';
import { checkId } from './ids.ts';
import { findTitle, type TitleKind } from './titles.ts';

/** Who asks for an app on which device; for a book the person alone. */
const requestBody = Type.Object({
  deviceId: Type.Optional(Type.String({ maxLength: 64 })),
  personId: Type.Optional(Type.String({ maxLength: 64 })),
});
/** Whose request is withdrawn: of an app the device's, of a book the person's. */
const withWhom = Type.Object({ id: Type.String(), whom: Type.String({ maxLength: 64 }) });

/**
 * Somebody asks for what is Available to them (behavior L23): GET, POST /api/apps/{id}/requests,
 * DELETE …/requests/{deviceId}; of books DELETE …/requests/{personId}
 */
export function registerRequests({ app, context }: Face, kind: TitleKind): void {
  const path = `${kind.path}/:id/requests`;
  app.get(path, { schema: { params: withId, querystring: pageQuery } }, async (request) => {
    const { id: appId } = await findTitle(context, request.params.id, kind);
    const { count, rows } = await listRequests(context.db, appId, pageOf(request.query));
    return { count, value: rows.map(requestView) };
  });
  app.post(path, { schema: { params: withId, body: requestBody } }, async (request, reply) => {
    const { id: appId } = await findTitle(context, request.params.id, kind);
    const { deviceId = null, personId = null } = request.body;
    for (const [field, value] of Object.entries({ deviceId, personId })) checkId(field, value);
    await requestTitle(context, { appId, deviceId, personId }, callerOf(request).actor);
    return reply.code(202).send();
  });
  app.delete(`${path}/:whom`, { schema: { params: withWhom } }, async (request, reply) => {
    const { id: appId } = await findTitle(context, request.params.id, kind);
    const { whom } = request.params;
    checkId(kind.books ? 'personId' : 'deviceId', whom);
    const asked = kind.books
      ? { appId, deviceId: null, personId: whom }
      : { appId, deviceId: whom, personId: null };
    await withdrawRequest(context, asked, callerOf(request).actor);
    return reply.code(204).send();
  });
}

function requestView(row: RequestRow): object {
  return {
    deviceId: row.deviceId,
    serialNumber: row.serialNumber,
    personId: row.personId,
    personName: row.personName,
    requestedDateTime: row.requestedAt,
  };
}
