import { createGroup, deleteGroup, updateGroup } from '../../../directory/index.ts';
import { callerOf } from '../../auth.ts';
import { EntityBody, given, objectBody, wrong } from '../body.ts';
import { type Face, readCall, sendCreated } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { group } from '../types.ts';
import { groupEntity, groups } from './source.ts';
import { idsIn } from './references.ts';

const binding = 'members@odata.bind';

/** POST /groups, PATCH and DELETE /groups/{id}; POST and PATCH take up to 20 new members in `members@odata.bind` */
export function registerWriteGroups({ app, context, version }: Face): void {
  app.post('/groups', { schema: { body: objectBody } }, async (request, reply) => {
    const call = readCall(request, groups, version);
    const body = readBody(request.body);
    const made = await createGroup(
      context,
      {
        displayName: body.requiredText('displayName'),
        ...given({ description: body.text('description', 1_024) }),
        members: idsIn(binding, body.get(binding)),
      },
      callerOf(request).actor,
    );
    return sendCreated(reply, call, groupEntity(made));
  });
  app.patch(
    '/groups/:id',
    { schema: { params: withId, body: objectBody } },
    async (request, reply) => {
      const body = readBody(request.body);
      const displayName = body.text('displayName');
      if (displayName === null) throw wrong('displayName', 'a text');
      const patch = {
        ...given({ displayName, description: body.text('description', 1_024) }),
        members: idsIn(binding, body.get(binding)),
      };
      await updateGroup(context, request.params.id, patch, callerOf(request).actor);
      return reply.code(204).send();
    },
  );
  app.delete('/groups/:id', { schema: { params: withId } }, async (request, reply) => {
    await deleteGroup(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });

  /** Only what a list kept by people can be: a rule that nobody follows must not look as if it were followed. */
  function readBody(json: object): EntityBody {
    const body = new EntityBody(json, group, version, [binding, 'membershipRuleProcessingState']);
    const types = body.get('groupTypes');
    if (
      body.text('membershipRule', 4_096) ||
      (Array.isArray(types) && types.includes('DynamicMembership'))
    ) {
      throw wrong(
        'membershipRule',
        'left out: groups with rules are not supported; add members by hand or from CSV',
      );
    }
    return body;
  }
}
