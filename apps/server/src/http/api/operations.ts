import { Type } from 'typebox';
import {
  cancelOperation,
  deleteToken,
  listOperations,
  type Operation,
  planOperation,
  readOperation,
  reopenAfterRevoke,
  revokeAllOfToken,
} from '../../operations/index.ts';
import { callerOf } from '../auth.ts';
import { withId } from '../typed-app.ts';
import type { Face } from './face.ts';

const reason = Type.String({ minLength: 1, maxLength: 500 });
const order = Type.Object({
  reason,
  /** How many licenses the plan named: with more by now, nothing is begun. */
  agreed: Type.Optional(Type.Integer({ minimum: 0 })),
});
const query = Type.Object({
  tokenId: Type.Optional(Type.String({ maxLength: 64 })),
  top: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});

/**
 * What takes long on a whole location (behaviors 64 to 69): GET /api/tokens/{id}/revoke-plan and …/delete-plan say
 * beforehand what will happen and what will not; POST …/revoke-licenses and …/delete begin it; /api/operations shows
 * how far it is, …/{id}/cancel stops it; POST /api/locations/{uid}/reopen lets grants go on after a revoke.
 */
export function registerOperations({ app, context }: Face): void {
  const ofToken = { params: withId };
  app.get('/tokens/:id/revoke-plan', { schema: ofToken }, async (request) =>
    planOperation(context.db, 'revokeAll', request.params.id),
  );
  app.get('/tokens/:id/delete-plan', { schema: ofToken }, async (request) =>
    planOperation(context.db, 'deleteToken', request.params.id),
  );
  app.post(
    '/tokens/:id/revoke-licenses',
    { schema: { ...ofToken, body: order } },
    async (request, reply) => {
      const { params, body } = request;
      const id = await revokeAllOfToken(context, params.id, body, callerOf(request).actor);
      return reply.code(202).send(operationView(await readOperation(context.db, id)));
    },
  );
  app.post(
    '/tokens/:id/delete',
    { schema: { ...ofToken, body: order } },
    async (request, reply) => {
      const { params, body } = request;
      const id = await deleteToken(context, params.id, body, callerOf(request).actor);
      if (id === undefined) return reply.code(204).send();
      return reply.code(202).send(operationView(await readOperation(context.db, id)));
    },
  );
  app.get('/operations', { schema: { querystring: query } }, async (request) => {
    const { tokenId, top = 100 } = request.query;
    return { value: (await listOperations(context.db, { tokenId, top })).map(operationView) };
  });
  app.get('/operations/:id', { schema: { params: withId } }, async (request) =>
    operationView(await readOperation(context.db, request.params.id)),
  );
  app.post('/operations/:id/cancel', { schema: { params: withId } }, async (request, reply) => {
    await cancelOperation(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
  const reopening = {
    params: Type.Object({ uid: Type.String({ maxLength: 128 }) }),
    body: Type.Object({ reason }),
  };
  app.post('/locations/:uid/reopen', { schema: reopening }, async (request, reply) => {
    const actor = { ...callerOf(request).actor, reason: request.body.reason };
    await reopenAfterRevoke(context, request.params.uid, actor);
    return reply.code(204).send();
  });
}

/** As it is shown; who works on it is nobody's business. */
function operationView({ leasedUntil: _lease, ...operation }: Operation): object {
  return operation;
}
