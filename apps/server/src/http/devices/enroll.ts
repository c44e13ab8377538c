import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Context } from '../../context.ts';
import { enrollmentOffer, enrollmentProfile } from '../../devices/index.ts';
import { enrollPage } from './enroll-page.ts';

interface WithCode {
  Params: { code: string };
}

/**
 * GET /mdm/enroll/{code}: a page for the person who opens the link on the device; POST to the same: the enrollment
 * profile, once. GET …/profile gives the profile, too, for tools that hand it on by themselves.
 */
export function registerEnroll(app: FastifyInstance, context: Context): void {
  app.get<WithCode>('/mdm/enroll/:code', async (request, reply) => {
    const offer = await enrollmentOffer(context, request.params.code);
    const nonce = randomBytes(16).toString('base64');
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('content-security-policy', policy(nonce))
      .send(enrollPage(offer, nonce));
  });
  const sendProfile = async (code: string, reply: FastifyReply): Promise<FastifyReply> =>
    reply
      .type('application/x-apple-aspen-config')
      .header('cache-control', 'no-store')
      .header('content-disposition', 'attachment; filename="enroll.mobileconfig"')
      .send(await enrollmentProfile(context, code));
  app.post<WithCode>('/mdm/enroll/:code', async (request, reply) =>
    sendProfile(request.params.code, reply),
  );
  app.get<WithCode>(
    '/mdm/enroll/:code/profile',
    // Looking whether it is there must not use it up.
    { exposeHeadRoute: false },
    async (request, reply) => sendProfile(request.params.code, reply),
  );
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
