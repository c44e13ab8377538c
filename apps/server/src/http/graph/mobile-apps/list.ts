import { type Entity, project } from '@allotment/graph-odata';
import { listAssignments } from '../../../assignments/index.ts';
import { appSummaries } from '../../../status/index.ts';
import { type Call, type Face, listInMemory, readCall, sendCount, sendPage } from '../call.ts';
import { mobileAppAssignment } from '../types.ts';
import { assignmentEntity } from './assignment.ts';
import { mobileApps, readMobileApps } from './entity.ts';

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
  const added = new Map<string, Record<string, unknown>>(
    apps.map((app) => [String(app['id']), {}]),
  );
  for (const { property, select } of call.options.expand) {
    if (property.toLowerCase() !== 'assignments') {
      for (const more of added.values()) more['categories'] = [];
      continue;
    }
    const { value } = await appSummaries(context.db, { ids: [...added.keys()] });
    const rows = await listAssignments(context.db, [...added.keys()]);
    for (const app of value) {
      const own = rows.filter((row) => row.appId === app.id);
      const entities = own.map((row) =>
        project(mobileAppAssignment, version, assignmentEntity(row, app, version), select),
      );
      const more = added.get(app.id);
      if (more !== undefined) more['assignments'] = entities;
    }
  }
  return added;
}
