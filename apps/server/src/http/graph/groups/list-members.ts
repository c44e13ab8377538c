import { type Entity, isTypeOrBase, ODataError } from '@allotment/graph-odata';
import { sql } from 'kysely';
import type { Database } from '../../../db/connect.ts';
import {
  getGroup,
  type Group,
  type Member,
  membersOf,
  type Person,
} from '../../../directory/index.ts';
import { type Call, type Face, readCall, sendCount, sendPage } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { deviceEntity, type DeviceRow, deviceSource } from '../devices/source.ts';
import { userEntity } from '../users/source.ts';
import { directoryObjects, groupEntity } from './source.ts';

const depths = { members: 'direct', transitiveMembers: 'transitive' } as const;

/** GET /groups/{id}/members and …/transitiveMembers, with …/$count and …/microsoft.graph.user */
export function registerListMembers({ app, context, version }: Face): void {
  for (const name of ['members', 'transitiveMembers'] as const) {
    app.get(`/groups/:id/${name}`, { schema: { params: withId } }, async (request, reply) => {
      const call = readCall(request, directoryObjects, version);
      const all = await read(call, request.params.id, name);
      const { options, set } = call;
      const limit = Math.min(options.top ?? set.pageSize, set.pageSize);
      const page = all.slice(options.skip, options.skip + limit);
      return sendPage(reply, call, {
        items: await readEntities(context.db, page),
        count: all.length,
      });
    });
    app.get(
      `/groups/:id/${name}/$count`,
      { schema: { params: withId } },
      async (request, reply) => {
        const call = readCall(request, directoryObjects, version);
        const all = await read(call, request.params.id, name);
        return sendCount(reply, all.length);
      },
    );
  }

  async function read(
    call: Call,
    groupId: string,
    name: keyof typeof depths,
  ): Promise<readonly Member[]> {
    refuseQueries(call);
    const { id } = await getGroup(context.db, groupId);
    const all = await membersOf(context.db, id, depths[name]);
    const { cast } = call.options;
    const kinds = call.set.types.filter((type) => cast === undefined || isTypeOrBase(type, cast));
    return all.filter((member) => kinds.some((type) => type.name === member.kind));
  }
}

/** Members are listed by kind and id, and not looked through. @throws ODataError */
function refuseQueries({ options }: Call): void {
  if (options.filter === undefined && options.search === undefined && options.orderBy.length === 0)
    return;
  throw new ODataError(
    '$filter',
    'Members cannot be filtered, searched or ordered; cast to a type or select instead.',
  );
}

/** The members themselves, in the order given. */
async function readEntities(db: Database, members: readonly Member[]): Promise<readonly Entity[]> {
  const ids = members.map((member) => member.id);
  const people =
    await sql<Person>`select * from directory.person where id = any(${ids}::uuid[])`.execute(db);
  const groups =
    await sql<Group>`select * from directory.group where id = any(${ids}::uuid[])`.execute(db);
  const devices = await sql<DeviceRow>`select ${deviceSource.select} from ${deviceSource.from}
    where k.id = any(${ids}::uuid[])`.execute(db);
  const found: ReadonlyMap<string, Entity> = new Map([
    ...people.rows.map((row) => [row.id, typed('user', userEntity(row))] as const),
    ...groups.rows.map((row) => [row.id, typed('group', groupEntity(row))] as const),
    ...devices.rows.map((row) => [row.id, typed('device', deviceEntity(row))] as const),
  ]);
  return ids.map((id) => found.get(id)).filter((entity) => entity !== undefined);
}

function typed(name: string, entity: Entity): Entity {
  return { '@odata.type': `#microsoft.graph.${name}`, ...entity };
}
