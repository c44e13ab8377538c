import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { LicenseAuthority, Person } from '../core/world.ts';
import { PortalError } from '../licenses/portal-error.ts';
import type { LicenseService } from '../licenses/service.ts';
import { BULK_BODY, Id, locationOf, Strict, UId } from './schemas.ts';

const tags = ['people and licenses'];

/** People with their Apple Accounts, and what they accept. */
export function registerPeopleControls(
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

/** The person of an id. @throws PortalError that says how to add people */
export function personOf(person: Person | undefined, personId: string): Person {
  if (person === undefined) {
    throw new PortalError(`personId: there is no ${personId}. POST /_control/people adds people.`);
  }
  return person;
}
