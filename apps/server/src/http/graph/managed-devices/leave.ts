import { deleteDevice, retireDevice } from '../../../devices/index.ts';
import { callerOf } from '../../auth.ts';
import type { Face } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { managedDevices } from './source.ts';

/**
 * POST /deviceManagement/managedDevices/{id}/retire: the device is not managed from here any more; DELETE …/{id}: it is
 * forgotten. Its licenses go back when the grace period is over.
 */
export function registerLeave({ app, context }: Face): void {
  const path = `/${managedDevices.path}/:id`;
  app.post(`${path}/retire`, { schema: { params: withId } }, async (request, reply) => {
    await retireDevice(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.delete(path, { schema: { params: withId } }, async (request, reply) => {
    await deleteDevice(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
}
