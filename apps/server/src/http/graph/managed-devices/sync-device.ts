import { callerOf } from '../../auth.ts';
import { wakeDevice } from '../../wake-device.ts';
import { type Face, withId } from '../call.ts';
import { managedDevices } from './source.ts';

/** POST /deviceManagement/managedDevices/{id}/syncDevice: the device is woken and asked what it is and runs. */
export function syncDevice({ app, context }: Face): void {
  app.post(
    `/${managedDevices.path}/:id/syncDevice`,
    { schema: { params: withId } },
    async (request, reply) => {
      await wakeDevice(context, request.params.id, callerOf(request).actor);
      return reply.code(204).send();
    },
  );
}
