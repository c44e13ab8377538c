import { randomBytes } from 'node:crypto';

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { PushService } from './index.ts';
import type { PushReceiver } from './push-tokens.ts';

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

const TokensRequest = Type.Object(
  {
    topic: Type.String({ description: 'Of the push certificate that will push to them.' }),
    count: Type.Integer({ minimum: 1, maximum: 100_000 }),
  },
  { additionalProperties: false },
);

/**
 * `POST /_control/push-certificates`: what Apple's push certificate portal would hand out. `POST /_control/push-tokens`:
 * tokens of devices that sleep for good, for pushes to more devices than are worth making.
 */
export function registerPushControls(app: FastifyInstance, push: PushService): void {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  typed.post(
    '/_control/push-tokens',
    {
      schema: {
        tags: ['push'],
        summary: 'Register tokens of devices that never come online',
        body: TokensRequest,
        response: { 201: Type.Object({ tokens: Type.Array(Type.String()) }) },
      },
    },
    async (request, reply) => {
      const { topic, count } = request.body;
      const tokens = Array.from({ length: count }, () => randomBytes(32).toString('hex'));
      for (const [n, token] of tokens.entries())
        push.tokens.register(token, topic, asleep(`ASLEEP${String(n).padStart(6, '0')}`));
      return reply.code(201).send({ tokens });
    },
  );
  typed.post(
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

function asleep(serialNumber: string): PushReceiver {
  return { serialNumber, isOnline: () => false, receive: () => {} };
}
