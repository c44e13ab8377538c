import { Type } from 'typebox';
import { replaceAssignments } from '../../../assignments/index.ts';
import { callerOf } from '../../auth.ts';
import type { Face } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { assignmentBody, readAssignment } from './assignment.ts';
import { findApp, mobileApps } from './entity.ts';

const body = Type.Object({
  mobileAppAssignments: Type.Array(assignmentBody, { maxItems: 1_000 }),
});

/** POST /deviceAppManagement/mobileApps/{id}/assign: these assignments and no others, all or none. */
export function assignMobileApp({ app, context, version }: Face): void {
  app.post(
    `/${mobileApps(version).path}/:id/assign`,
    { schema: { params: withId, body } },
    async (request, reply) => {
      const { id } = await findApp(context.db, request.params.id, version);
      const wanted = request.body.mobileAppAssignments.map(readAssignment);
      await replaceAssignments(context, id, wanted, callerOf(request).actor);
      return reply.code(204).send();
    },
  );
}
