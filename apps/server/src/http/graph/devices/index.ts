import { sql } from 'kysely';
import { getKnownDevice } from '../../../directory/index.ts';
import { type Face, readCall, sendCount, sendEntity, sendPage } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { countRows, listRows } from '../sql-listing.ts';
import { deviceEntity, type DeviceRow, devices, deviceSource } from './source.ts';

/** GET /devices, /devices/$count, /devices/{id}: the directory's devices, which groups contain */
export function registerDirectoryDevices({ app, context, version }: Face): void {
  app.get('/devices', async (request, reply) => {
    const call = readCall(request, devices, version);
    return sendPage(reply, call, await listRows(context.db, call, deviceSource));
  });
  app.get('/devices/$count', async (request, reply) => {
    const call = readCall(request, devices, version);
    return sendCount(reply, await countRows(context.db, call, deviceSource));
  });
  app.get('/devices/:id', { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, devices, version);
    const { id } = await getKnownDevice(context.db, request.params.id);
    const { rows } = await sql<DeviceRow>`select ${deviceSource.select} from ${deviceSource.from}
      where k.id = ${id}`.execute(context.db);
    const [row] = rows;
    if (row === undefined) throw new Error(`The device ${id} was there a moment ago.`);
    return sendEntity(reply, call, deviceEntity(row));
  });
}
