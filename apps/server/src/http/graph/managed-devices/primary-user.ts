import { setPrimaryUser } from '../../../devices/index.ts';
import { callerOf } from '../../auth.ts';
import { objectBody } from '../body.ts';
import type { Face } from '../call.ts';
import { idIn } from '../groups/references.ts';
import { withId } from '../../typed-app.ts';
import { managedDevices } from './source.ts';

/** POST and DELETE /deviceManagement/managedDevices/{id}/users/$ref: the person whom the device is for. */
export function registerPrimaryUser({ app, context }: Face): void {
  const path = `/${managedDevices.path}/:id/users/$ref`;
  app.post(path, { schema: { params: withId, body: objectBody } }, async (request, reply) => {
    const reference = Object.entries(request.body).find(
      ([name]) => name.toLowerCase() === '@odata.id',
    )?.[1];
    const personId = idIn('@odata.id', reference);
    await setPrimaryUser(context, request.params.id, personId, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.delete(path, { schema: { params: withId } }, async (request, reply) => {
    await setPrimaryUser(context, request.params.id, null, callerOf(request).actor);
    return reply.code(204).send();
  });
}
