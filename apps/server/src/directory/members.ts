import { sql } from 'kysely';
import { recordAudit, type Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNotes, type Note } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { getGroup, type Group } from './group.ts';
import { isGuid } from './guid.ts';

export type MemberKind = 'user' | 'device' | 'group';

export interface Member {
  readonly kind: MemberKind;
  readonly id: string;
}

/**
 * Adds people, devices and groups to a group; those that are members already stay so.
 *
 * @param ids of any kind
 * @returns how many were added
 * @throws Problem `groupNotFound`, `memberNotFound`, `groupInItself`
 */
export async function addMembers(
  context: Context,
  groupId: string,
  ids: readonly string[],
  actor: Actor,
): Promise<number> {
  return context.db
    .transaction()
    .execute(async (trx) => addTo(context, trx, await getGroup(trx, groupId), ids, actor));
}

/** The same in the caller's transaction. */
export async function addTo(
  context: Context,
  trx: Trx,
  group: Group,
  ids: readonly string[],
  actor: Actor,
): Promise<number> {
  if (ids.length === 0) return 0;
  const members = await findMembers(trx, ids);
  if (members.some((member) => member.id === group.id)) {
    throw new Problem('badRequest', 'groupInItself', 'A group cannot be a member of itself.');
  }
  const added = await insertMembers(trx, group.id, members);
  if (added > 0)
    await membersChanged(context, trx, group, actor, { action: 'addGroupMembers', members });
  return added;
}

/** Takes one member out of a group. @throws Problem `groupNotFound`, `memberNotFound` */
export async function removeMember(
  context: Context,
  groupId: string,
  id: string,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const group = await getGroup(trx, groupId);
    const { rows: members } = isGuid(id)
      ? await sql<Member>`delete from directory.member where group_id = ${groupId}
          and coalesce(person_id, device_id, child_group_id) = ${id}
          returning case when person_id is not null then 'user' when device_id is not null then 'device' else 'group' end as kind,
            coalesce(person_id, device_id, child_group_id) as id`.execute(trx)
      : { rows: [] };
    if (members.length === 0) {
      throw new Problem(
        'notFound',
        'memberNotFound',
        `${id} is not a member of ${group.displayName}.`,
      );
    }
    await membersChanged(context, trx, group, actor, { action: 'removeGroupMember', members });
  });
}

async function membersChanged(
  context: Context,
  trx: Trx,
  group: Group,
  actor: Actor,
  act: MembersAct,
): Promise<void> {
  await leaveNotes(trx, 'grants', notesOf(group.id, act));
  await hint(trx, 'groups', 'apps');
  await recordAudit(trx, context.clock.now(), actor, {
    action: act.action,
    target: { kind: 'group', id: group.id, name: group.displayName },
    detail: {
      members: act.members.length,
      first: act.members.slice(0, 20).map((member) => member.id),
    },
  });
}

/** Few members cost what they cost by themselves; many are looked at with the whole group. */
const fewMembers = 100;
const noteKinds = { user: 'memberPerson', device: 'memberDevice', group: 'nested' } as const;

interface MembersAct {
  readonly action: 'addGroupMembers' | 'removeGroupMember';
  readonly members: readonly Member[];
}

/** Where a group leaves, all are looked at: who left it at the same time is in neither of them any more. */
function notesOf(groupId: string, { action, members }: MembersAct): readonly Note[] {
  const groupLeft = action === 'removeGroupMember' && members.some(({ kind }) => kind === 'group');
  if (members.length > fewMembers || groupLeft) return [{ kind: 'group', key: groupId }];
  return members.map(({ kind, id }) => ({ kind: noteKinds[kind], key: `${groupId}:${id}` }));
}

/** What the ids are. @throws Problem `memberNotFound` for the first that is nothing we know */
async function findMembers(db: Database, ids: readonly string[]): Promise<readonly Member[]> {
  const { rows } = await sql<Member>`
    select 'user' as kind, id from directory.person where id = any(${ids.filter(isGuid)}::uuid[]) and deleted_at is null
    union all
    select 'device', id from directory.device where id = any(${ids.filter(isGuid)}::uuid[])
    union all
    select 'group', id from directory.group where id = any(${ids.filter(isGuid)}::uuid[]) and deleted_at is null`.execute(
    db,
  );
  const found = new Set(rows.map((row) => row.id));
  const missing = ids.find((id) => !found.has(id.toLowerCase()));
  if (missing !== undefined) {
    throw new Problem(
      'badRequest',
      'memberNotFound',
      `${missing} is neither a user nor a device nor a group; nothing was added.`,
      { field: '@odata.id' },
    );
  }
  return rows;
}

/** Inserts memberships in one statement. @returns how many were new */
async function insertMembers(
  trx: Trx,
  groupId: string,
  members: readonly Member[],
): Promise<number> {
  const of = (kind: MemberKind): (string | null)[] =>
    members.map((member) => (member.kind === kind ? member.id : null));
  const { numAffectedRows } = await sql`
    insert into directory.member (group_id, person_id, device_id, child_group_id)
    select ${groupId}, * from unnest(${of('user')}::uuid[], ${of('device')}::uuid[], ${of('group')}::uuid[])
    on conflict do nothing`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/**
 * Who is in a group, directly or through the groups in it, each once; deleted people and what only a deleted nested
 * group brings are left out.
 */
export async function membersOf(
  db: Database,
  groupId: string,
  depth: 'direct' | 'transitive',
): Promise<readonly Member[]> {
  const { rows } = await sql<Member>`
    with recursive tree as (
      select id as group_id from directory.group where id = ${groupId} and deleted_at is null
      union
      select g.id from tree
      join directory.member m on m.group_id = tree.group_id
      join directory.group g on g.id = m.child_group_id and g.deleted_at is null
      where ${depth === 'transitive'}
    )
    select 'user' as kind, p.id from tree join directory.member m using (group_id)
      join directory.person p on p.id = m.person_id and p.deleted_at is null
    union
    select 'device', m.device_id from tree join directory.member m using (group_id) where m.device_id is not null
    union
    select 'group', g.id from tree join directory.member m using (group_id)
      join directory.group g on g.id = m.child_group_id and g.deleted_at is null
    order by kind, id`.execute(db);
  return rows;
}
