import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import { receiveNotification } from '../../library/index.ts';

/** Far above a notification's hundred elements. */
const bodyLimit = 1024 * 1024;

/**
 * POST /apple/notifications/{id}: stored, then answered 204 at once; applied later. Apple tries three times and wants
 * a fast 2xx. The body is not checked against a schema here: unknown types are stored too.
 */
export function registerNotifications(app: FastifyInstance, context: Context): void {
  app.post<{ Params: { id: string } }>(
    '/apple/notifications/:id',
    { bodyLimit, schema: { params: Type.Object({ id: Type.String({ maxLength: 64 }) }) } },
    async (request, reply) => {
      const { authorization } = request.headers;
      const { id } = request.params;
      if (await receiveNotification(context, id, authorization, request.body)) {
        return reply.code(204).send();
      }
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({
          error: { code: 'wrongBearer', message: 'The bearer is not the one of this address.' },
        });
    },
  );
}
