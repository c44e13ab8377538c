import { type Face, readCall, sendEntity } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { mobileApps, readMobileApp } from './entity.ts';
import { expand } from './list.ts';

/** GET /deviceAppManagement/mobileApps/{id} */
export function getMobileApp(face: Face): void {
  const { app, context, version } = face;
  const set = mobileApps(version);
  app.get(`/${set.path}/:id`, { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, set, version);
    const entity = await readMobileApp(context.db, request.params.id, version);
    const more = await expand(face, call, [entity]);
    return sendEntity(reply, call, entity, more.get(String(entity['id'])));
  });
}
