import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Context } from '../../context.ts';
import { enrollmentOffer, enrollmentProfile } from '../../devices/index.ts';
import { enrollPage } from './enroll-page.ts';
import { pagePolicy, renderPage } from './page.ts';

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
      .header('content-security-policy', pagePolicy(nonce))
      .send(renderPage(enrollPage(offer), nonce));
  });
  app.post<WithCode>('/mdm/enroll/:code', async (request, reply) =>
    sendProfile(reply, await enrollmentProfile(context, request.params.code)),
  );
  app.get<WithCode>(
    '/mdm/enroll/:code/profile',
    // Looking whether it is there must not use it up.
    { exposeHeadRoute: false },
    async (request, reply) =>
      sendProfile(reply, await enrollmentProfile(context, request.params.code)),
  );
}

/** A profile as Safari and Settings take it. */
export async function sendProfile(reply: FastifyReply, profile: Buffer): Promise<FastifyReply> {
  return reply
    .type('application/x-apple-aspen-config')
    .header('cache-control', 'no-store')
    .header('content-disposition', 'attachment; filename="enroll.mobileconfig"')
    .send(profile);
}
