import { type Face, readCall, sendEntity } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { readVppToken, vppTokens } from './entity.ts';

/** GET /deviceAppManagement/vppTokens/{id} */
export function getVppToken({ app, context, version }: Face): void {
  app.get(`/${vppTokens.path}/:id`, { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, vppTokens, version);
    return sendEntity(reply, call, await readVppToken(context.db, request.params.id));
  });
}
