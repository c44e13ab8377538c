import { Type } from 'typebox';
import { addMembers, removeMember } from '../../../directory/index.ts';
import { callerOf } from '../../auth.ts';
import { objectBody } from '../body.ts';
import type { Face } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { idIn } from './references.ts';

const withMember = Type.Object({ id: Type.String(), memberId: Type.String() });

/** POST /groups/{id}/members/$ref, DELETE /groups/{id}/members/{member}/$ref */
export function registerWriteMembers({ app, context }: Face): void {
  app.post(
    '/groups/:id/members/$ref',
    { schema: { params: withId, body: objectBody } },
    async (request, reply) => {
      const reference = Object.entries(request.body).find(
        ([name]) => name.toLowerCase() === '@odata.id',
      )?.[1];
      const member = idIn('@odata.id', reference);
      await addMembers(context, request.params.id, [member], callerOf(request).actor);
      return reply.code(204).send();
    },
  );
  app.delete(
    '/groups/:id/members/:memberId/$ref',
    { schema: { params: withMember } },
    async (request, reply) => {
      const { id, memberId } = request.params;
      await removeMember(context, id, memberId, callerOf(request).actor);
      return reply.code(204).send();
    },
  );
}
