import { syncDevice } from '../../../devices/index.ts';
import { callerOf } from '../../auth.ts';
import type { Face } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { managedDevices } from './source.ts';

/** POST /deviceManagement/managedDevices/{id}/syncDevice: the device is woken and asked what it is and runs. */
export function registerSyncDevice({ app, context }: Face): void {
  app.post(
    `/${managedDevices.path}/:id/syncDevice`,
    { schema: { params: withId } },
    async (request, reply) => {
      await syncDevice(context, request.params.id, callerOf(request).actor);
      return reply.code(204).send();
    },
  );
}
