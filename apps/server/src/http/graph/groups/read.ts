import { getGroup } from '../../../directory/index.ts';
import { type Face, readCall, sendCount, sendEntity, sendPage } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { countRows, listRows } from '../sql-listing.ts';
import { groupEntity, groups, groupSource } from './source.ts';

/** GET /groups, /groups/$count, /groups/{id} */
export function registerReadGroups({ app, context, version }: Face): void {
  app.get('/groups', async (request, reply) => {
    const call = readCall(request, groups, version);
    return sendPage(reply, call, await listRows(context.db, call, groupSource));
  });
  app.get('/groups/$count', async (request, reply) => {
    const call = readCall(request, groups, version);
    return sendCount(reply, await countRows(context.db, call, groupSource));
  });
  app.get('/groups/:id', { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, groups, version);
    return sendEntity(reply, call, groupEntity(await getGroup(context.db, request.params.id)));
  });
}
