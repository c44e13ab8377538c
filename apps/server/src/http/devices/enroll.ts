import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { enrollmentProfile } from '../../devices/index.ts';

/** GET /mdm/enroll/{code}: the enrollment profile, once. */
export function registerEnroll(app: FastifyInstance, context: Context): void {
  app.get<{ Params: { code: string } }>(
    '/mdm/enroll/:code',
    // A preview of the link must not use it up.
    { exposeHeadRoute: false },
    async (request, reply) => {
      const profile = await enrollmentProfile(context, request.params.code);
      return reply
        .type('application/x-apple-aspen-config')
        .header('cache-control', 'no-store')
        .header('content-disposition', 'attachment; filename="enroll.mobileconfig"')
        .send(profile);
    },
  );
}
