import { type Entity, project } from '@allotment/graph-odata';
import { listAssignments } from '../../../assignments/index.ts';
import { type Call, type Face, listInMemory, readCall, sendCount, sendPage } from '../call.ts';
import { mobileAppAssignment } from '../types.ts';
import { assignmentEntity } from './assignment.ts';
import { mobileApps, platformOf, readMobileApps } from './entity.ts';

const searchable = ['displayName', 'publisher', 'bundleId'];

/** GET /deviceAppManagement/mobileApps and …/$count: a title of N tokens is there N times (behavior 49). */
export function listMobileApps({ app, context, version }: Face): void {
  const set = mobileApps(version);
  app.get(`/${set.path}`, async (request, reply) => {
    const call = readCall(request, set, version);
    const apps = listInMemory(call, await readMobileApps(context.db, version), searchable);
    const more = await expand({ app, context, version }, call, apps.items);
    return sendPage(reply, call, apps, (entity) => more.get(String(entity['id'])) ?? {});
  });
  app.get(`/${set.path}/$count`, async (request, reply) => {
    const call = readCall(request, set, version);
    const { count } = listInMemory(call, await readMobileApps(context.db, version), searchable);
    return sendCount(reply, count);
  });
}

/** What `$expand` adds to each of these apps, by id: assignments, and categories, of which there are none. */
export async function expand(
  { context, version }: Face,
  call: Call,
  apps: readonly Entity[],
): Promise<ReadonlyMap<string, Entity>> {
  const wanted = new Map(
    call.options.expand.map((one) => [one.property.toLowerCase(), one.select] as const),
  );
  const ids = apps.map((app) => String(app['id']));
  const rows = wanted.has('assignments') ? await listAssignments(context.db, ids) : [];
  const byApp = Map.groupBy(rows, (row) => row.appId);
  return new Map(
    apps.map((app) => {
      const id = String(app['id']);
      const assignments = (byApp.get(id) ?? []).map((row) => {
        const entity = assignmentEntity(row, platformOf(app), version);
        return project(mobileAppAssignment, version, entity, wanted.get('assignments'));
      });
      return [
        id,
        {
          ...(wanted.has('assignments') ? { assignments } : {}),
          ...(wanted.has('categories') ? { categories: [] } : {}),
        },
      ];
    }),
  );
}
