import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { LicenseAuthority, Person } from '../core/world.ts';
import { userFields } from '../licenses/library.ts';
import { BY_OTHER_PRODUCT, changeAsOtherProduct } from '../licenses/other-product.ts';
import { PortalError } from '../licenses/portal.ts';
import type { LicenseService } from '../licenses/service.ts';
import { AdamId, locationOf, MdmInfo, Pricing, Strict, UId } from './schemas.ts';

const tags = ['people and licenses'];
const Id = Type.String({ minLength: 1 });

/** A bulk load of hundreds of thousands of rows has to fit. */
const BULK_BODY = 256 * 1024 * 1024;

/** People, users of a location, and what other products assign. */
export function registerHolderControls(
  root: FastifyInstance,
  service: LicenseService,
  authority: LicenseAuthority,
): void {
  registerAssignments(root, service);
  registerPeople(root, service, authority);
  registerUsers(root, service);
}

function registerAssignments(root: FastifyInstance, service: LicenseService): void {
  root.withTypeProvider<TypeBoxTypeProvider>().post(
    '/_control/assignments',
    {
      bodyLimit: BULK_BODY,
      schema: {
        tags,
        summary: 'Assign or take back as another product would, at once',
        body: Type.Object(
          {
            uId: UId,
            operation: Type.Optional(
              Type.Enum(['associate', 'disassociate'], { default: 'associate' }),
            ),
            assignments: Type.Array(
              Type.Object(
                {
                  adamId: AdamId,
                  pricingParam: Pricing,
                  serialNumbers: Type.Optional(Type.Array(Id)),
                  clientUserIds: Type.Optional(Type.Array(Id)),
                },
                Strict,
              ),
              { minItems: 1 },
            ),
            mdmInfo: Type.Optional(MdmInfo),
            notify: Type.Optional(
              Type.Boolean({ default: true, description: 'Tell the subscribed server.' }),
            ),
          },
          Strict,
        ),
      },
    },
    (request) => {
      const { uId, operation = 'associate', assignments, mdmInfo, notify = true } = request.body;
      const location = locationOf(service, uId);
      if (mdmInfo) location.mdmInfo = mdmInfo;
      return changeAsOtherProduct(service, location, operation, assignments, notify);
    },
  );
}

function registerPeople(
  root: FastifyInstance,
  service: LicenseService,
  authority: LicenseAuthority,
): void {
  const { people, registry } = service;
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  app.get('/_control/people', { schema: { tags, summary: 'All people' } }, () => ({
    people: people.all(),
  }));

  app.post(
    '/_control/people',
    {
      bodyLimit: BULK_BODY,
      schema: {
        tags,
        summary: 'Add people, with or without an Apple Account',
        body: Type.Object(
          {
            people: Type.Array(
              Type.Object(
                {
                  name: Id,
                  appleAccount: Type.Optional(Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$' })),
                  managedBy: Type.Optional(
                    Type.String({ description: 'organizationId: a Managed Apple Account.' }),
                  ),
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
      const stray = request.body.people.find(
        ({ managedBy }) => managedBy !== undefined && !registry.organization(managedBy),
      );
      if (stray) throw new PortalError(`managedBy: there is no organization ${stray.managedBy}.`);
      return reply
        .code(201)
        .send({ people: request.body.people.map((person) => people.add(person)) });
    },
  );

  app.post('/_control/invitations/accept', {
    schema: {
      tags,
      summary: 'A person accepts an invitation with the own Apple Account',
      body: Type.Object(
        {
          personId: Id,
          inviteCode: Type.Optional(Id),
          uId: Type.Optional(UId),
          clientUserId: Type.Optional(
            Type.String({ description: 'With uId: who is invited, instead of an inviteCode.' }),
          ),
        },
        Strict,
      ),
    },
    handler: async (request) => {
      const { personId, uId, clientUserId } = request.body;
      const person = personOf(people.get(personId), personId);
      const user =
        uId === undefined || clientUserId === undefined
          ? undefined
          : locationOf(service, uId).users.active(clientUserId);
      const inviteCode = request.body.inviteCode ?? user?.inviteCode ?? '';
      if (!(await authority.acceptInvitation(inviteCode, person))) {
        throw new PortalError('inviteCode: unknown or used, or the person has no Apple Account.');
      }
      return { accepted: true };
    },
  });
}

function registerUsers(root: FastifyInstance, service: LicenseService): void {
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

function personOf(person: Person | undefined, personId: string): Person {
  if (person === undefined) {
    throw new PortalError(`personId: there is no ${personId}. POST /_control/people adds people.`);
  }
  return person;
}
