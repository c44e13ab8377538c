import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import { type NotificationBody, NotificationInbox } from '../../library/index.ts';

/** Far above a notification's hundred elements. */
const bodyLimit = 1024 * 1024;

/**
 * POST /apple/notifications/{id}: stored, then answered 204 at once; applied later. Apple tries three times and wants
 * a fast 2xx. The body is not checked against a schema here: unknown types are stored too.
 */
export function registerNotifications(app: FastifyInstance, context: Context): void {
  const inbox = new NotificationInbox(context);
  keepTexts(app);
  app.post<{ Params: { id: string }; Body: NotificationBody | undefined }>(
    '/apple/notifications/:id',
    { bodyLimit, schema: { params: Type.Object({ id: Type.String({ maxLength: 64 }) }) } },
    async (request, reply) => {
      const { authorization } = request.headers;
      if (await inbox.receive(request.params.id, authorization, request.body)) {
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

/** Bodies are kept as they came, beside what they say. */
function keepTexts(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, text, done) => {
      void parse(request, text, (error, value: unknown) => {
        const body: NotificationBody = { text, value };
        done(error, body);
      });
    },
  );
}
