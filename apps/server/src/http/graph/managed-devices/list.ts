import { type Face, readCall, sendCount, sendEntity, sendPage } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { countRows, listRows } from '../sql-listing.ts';
import {
  findManagedDevice,
  managedDeviceEntity,
  managedDevices,
  managedDeviceSource,
} from './source.ts';

/** GET /deviceManagement/managedDevices, …/$count, …/{id} */
export function listManagedDevices({ app, context, version }: Face): void {
  const path = `/${managedDevices.path}`;
  app.get(path, async (request, reply) => {
    const call = readCall(request, managedDevices, version);
    return sendPage(reply, call, await listRows(context.db, call, managedDeviceSource));
  });
  app.get(`${path}/$count`, async (request, reply) => {
    const call = readCall(request, managedDevices, version);
    return sendCount(reply, await countRows(context.db, call, managedDeviceSource));
  });
  app.get(`${path}/:id`, { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, managedDevices, version);
    const row = await findManagedDevice(context.db, request.params.id);
    return sendEntity(reply, call, managedDeviceEntity(row));
  });
}
