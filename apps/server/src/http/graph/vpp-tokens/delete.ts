import { deleteToken } from '../../../library/index.ts';
import { callerOf } from '../../auth.ts';
import type { Face } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { vppTokens } from './entity.ts';

/** DELETE /deviceAppManagement/vppTokens/{id}: nothing is taken back at Apple and nothing removed from devices. */
export function deleteVppToken({ app, context }: Face): void {
  app.delete(`/${vppTokens.path}/:id`, { schema: { params: withId } }, async (request, reply) => {
    await deleteToken(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
}
