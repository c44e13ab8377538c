import { getPerson } from '../../../directory/index.ts';
import { type Face, readCall, sendCount, sendEntity, sendPage } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { countRows, listRows } from '../sql-listing.ts';
import { peopleSource, userEntity, users } from './source.ts';

/** GET /users, /users/$count, /users/{id or userPrincipalName} */
export function registerReadUsers({ app, context, version }: Face): void {
  app.get('/users', async (request, reply) => {
    const call = readCall(request, users, version);
    return sendPage(reply, call, await listRows(context.db, call, peopleSource));
  });
  app.get('/users/$count', async (request, reply) => {
    const call = readCall(request, users, version);
    return sendCount(reply, await countRows(context.db, call, peopleSource));
  });
  app.get('/users/:id', { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, users, version);
    return sendEntity(reply, call, userEntity(await getPerson(context.db, request.params.id)));
  });
}
