import { sql } from 'kysely';
import { getDeletedGroup, restoreGroup } from '../../../directory/index.ts';
import { callerOf } from '../../auth.ts';
import { withId } from '../../typed-app.ts';
import { type EntitySet, type Face, readCall, sendCount, sendEntity, sendPage } from '../call.ts';
import { groupEntity, groupSource } from '../groups/source.ts';
import { countRows, listRows } from '../sql-listing.ts';
import { group } from '../types.ts';

/** Of what is deleted, groups alone can come back. */
const deletedItems: EntitySet = {
  path: 'directory/deletedItems',
  types: [{ ...group, base: 'directoryObject' }],
  pageSize: 100,
  alwaysCounts: false,
};
const deletedGroups = { ...groupSource, where: sql<boolean>`deleted_at is not null` };

/** GET /directory/deletedItems/microsoft.graph.group, …/$count, …/{id}; POST …/{id}/restore (behavior L38) */
export function registerDeletedItems({ app, context, version }: Face): void {
  const path = `/${deletedItems.path}`;
  app.get(path, async (request, reply) => {
    const call = readCall(request, deletedItems, version);
    return sendPage(reply, call, await listRows(context.db, call, deletedGroups));
  });
  app.get(`${path}/$count`, async (request, reply) => {
    const call = readCall(request, deletedItems, version);
    return sendCount(reply, await countRows(context.db, call, deletedGroups));
  });
  app.get(`${path}/:id`, { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, deletedItems, version);
    const deleted = await getDeletedGroup(context.db, request.params.id);
    return sendEntity(reply, call, groupEntity(deleted));
  });
  app.post(`${path}/:id/restore`, { schema: { params: withId } }, async (request, reply) => {
    const call = readCall(request, deletedItems, version);
    const restored = await restoreGroup(context, request.params.id, callerOf(request).actor);
    return sendEntity(reply, call, groupEntity(restored));
  });
}
