import { deleteToken } from '../../../operations/index.ts';
import { callerOf } from '../../auth.ts';
import type { Face } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { vppTokens } from './entity.ts';

/** Where the header `reason` says nothing. */
const unsaid = 'Deleted over Microsoft Graph’s interface.';

/**
 * DELETE /deviceAppManagement/vppTokens/{id}: nothing is taken back at Apple and nothing removed from devices. The
 * token is gone once what Apple is working on has ended, which takes seconds as a rule.
 */
export function deleteVppToken({ app, context }: Face): void {
  app.delete(`/${vppTokens.path}/:id`, { schema: { params: withId } }, async (request, reply) => {
    const { actor } = callerOf(request);
    await deleteToken(context, request.params.id, { reason: actor.reason ?? unsaid }, actor);
    return reply.code(204).send();
  });
}
