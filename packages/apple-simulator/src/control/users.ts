import { Readable } from 'node:stream';

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import { userFields } from '../licenses/library.ts';
import { BY_OTHER_PRODUCT } from '../licenses/other-product.ts';
import { PortalError } from '../licenses/portal-error.ts';
import type { LicenseService } from '../licenses/service.ts';
import type { UserRecord } from '../licenses/users.ts';
import { personOf } from './people.ts';
import { BULK_BODY, Id, locationOf, Strict, UId } from './schemas.ts';

const tags = ['people and licenses'];

/** The users of a location, as another product registers and retires them. */
export function registerUserControls(root: FastifyInstance, service: LicenseService): void {
  registerList(root, service);
  registerRegistration(root, service);
  registerRetirement(root, service);
}

function registerList(root: FastifyInstance, service: LicenseService): void {
  root.withTypeProvider<TypeBoxTypeProvider>().get(
    '/_control/users',
    {
      schema: {
        tags,
        summary: 'Every user of a location, the retired ones too: one JSON object a line',
        querystring: Type.Object({ uId: UId }, Strict),
      },
    },
    (request, reply) => {
      const users = locationOf(service, request.query.uId).users.changedSince();
      const lines = Readable.from(linesOf(users), { objectMode: false });
      return reply.type('application/x-ndjson').send(lines);
    },
  );
}

function* linesOf(users: readonly UserRecord[]): Generator<string> {
  for (const user of users) yield `${JSON.stringify(userFields(user))}\n`;
}

function registerRegistration(root: FastifyInstance, service: LicenseService): void {
  root.withTypeProvider<TypeBoxTypeProvider>().post(
    '/_control/users',
    {
      bodyLimit: BULK_BODY,
      schema: {
        tags,
        summary:
          'Register users as another product would, at once; with a personId also associated',
        body: Type.Object(
          {
            uId: UId,
            users: Type.Array(
              Type.Object(
                {
                  clientUserId: Id,
                  email: Type.Optional(Type.String()),
                  personId: Type.Optional(Id),
                },
                Strict,
              ),
              { minItems: 1 },
            ),
          },
          Strict,
        ),
      },
    },
    (request, reply) => {
      const location = locationOf(service, request.body.uId);
      const { library, people } = service;
      const users = request.body.users.map((input) => {
        if (location.users.active(input.clientUserId)) {
          throw new PortalError(`clientUserId: ${input.clientUserId} is registered already.`);
        }
        const idHash =
          input.personId === undefined
            ? undefined
            : personOf(people.get(input.personId), input.personId).idHash;
        const user = library.register(location, input, BY_OTHER_PRODUCT);
        return idHash === undefined
          ? user
          : library.associate(location, user, { idHash }, BY_OTHER_PRODUCT);
      });
      return reply.code(201).send({ users: users.map(userFields) });
    },
  );
}

function registerRetirement(root: FastifyInstance, service: LicenseService): void {
  root.withTypeProvider<TypeBoxTypeProvider>().post(
    '/_control/users/retire',
    {
      schema: {
        tags,
        summary: 'Retire users as another product would, at once',
        body: Type.Object({ uId: UId, clientUserIds: Type.Array(Id, { minItems: 1 }) }, Strict),
      },
    },
    (request) => {
      const location = locationOf(service, request.body.uId);
      const users = request.body.clientUserIds.map((clientUserId) => {
        const user = location.users.active(clientUserId);
        if (user === undefined) {
          throw new PortalError(`clientUserIds: nobody is registered as ${clientUserId}.`);
        }
        return user;
      });
      for (const user of users) service.library.retire(location, user, BY_OTHER_PRODUCT);
      return { users: users.map(userFields) };
    },
  );
}
