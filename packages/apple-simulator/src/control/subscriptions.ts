import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { LicenseService } from '../licenses/service.ts';
import { locationOf, Strict, UId } from './schemas.ts';

const Seats = Type.Optional(Type.Integer({ minimum: 0, default: 0 }));

/** What a content manager buys where the location has enabled subscriptions. */
export function registerSubscriptionControls(root: FastifyInstance, service: LicenseService): void {
  root.withTypeProvider<TypeBoxTypeProvider>().post(
    '/_control/subscriptions',
    {
      schema: {
        tags: ['stock'],
        summary: 'Buy seats of a subscription, renewing ones and ones that end with the period',
        body: Type.Object(
          {
            uId: UId,
            adamId: Type.Integer({ minimum: 1 }),
            parentAdamId: Type.Optional(Type.Integer({ minimum: 1 })),
            renewing: Seats,
            expiring: Seats,
            periodDays: Type.Optional(
              Type.Number({ exclusiveMinimum: 0, default: 30, description: 'Of a new one.' }),
            ),
          },
          Strict,
        ),
      },
    },
    async (request, reply) => {
      const { uId, ...order } = request.body;
      const bought = await service.subscriptions.buy(locationOf(service, uId), order);
      const { adamId, parentAdamId, status, counts } = bought;
      return reply.code(201).send({ adamId, parentAdamId, status, counts });
    },
  );
}
