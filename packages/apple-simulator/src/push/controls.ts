import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { PushService } from './index.ts';

const CertificateRequest = Type.Object(
  {
    topic: Type.Optional(
      Type.String({
        pattern: '^com\\.apple\\.mgmt\\..+',
        description: 'The UID of the subject. Default: a new com.apple.mgmt.External.…',
      }),
    ),
    expiresInDays: Type.Optional(
      Type.Integer({ default: 365, description: 'Negative: already expired.' }),
    ),
  },
  { additionalProperties: false },
);

const Certificate = Type.Object({
  certificate: Type.String({ description: 'PEM.' }),
  key: Type.String({ description: 'PEM, PKCS #8, not encrypted.' }),
  topic: Type.String(),
});

/** `POST /_control/push-certificates`: what Apple's push certificate portal would hand out. */
export function registerPushControls(app: FastifyInstance, push: PushService): void {
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    '/_control/push-certificates',
    {
      schema: {
        tags: ['push'],
        summary: 'Issue an MDM push certificate that the push stand-in accepts',
        body: CertificateRequest,
        response: { 201: Certificate },
      },
    },
    async (request, reply) => {
      const { topic, expiresInDays } = request.body;
      return reply.code(201).send(await push.issueCertificate(topic, expiresInDays));
    },
  );
}
