import { recordAudit, type Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { getDeletedGroup, getGroup, type Group } from './group.ts';
import { addTo } from './members.ts';

export interface GroupInput {
  readonly displayName: string;
  readonly description?: string | null;
}

/** What is to be in a group from its first moment on, or besides a change: ids of people, devices, groups. */
interface WithMembers {
  readonly members?: readonly string[];
}

/** @throws Problem `emptyName`, `memberNotFound` */
export async function createGroup(
  context: Context,
  { members = [], ...input }: GroupInput & WithMembers,
  actor: Actor,
): Promise<Group> {
  checkName(input);
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const group = await trx
      .insertInto('directory.group')
      .values({ ...input, createdAt: now })
      .returningAll()
      .executeTakeFirstOrThrow();
    await hint(trx, 'groups');
    await recordAudit(trx, now, actor, { action: 'createGroup', target: targetOf(group) });
    await addTo(context, trx, group, members, actor);
    return group;
  });
}

/** Changes the given fields and adds members. @throws Problem `groupNotFound`, `emptyName`, `memberNotFound` */
export async function updateGroup(
  context: Context,
  id: string,
  { members = [], ...patch }: Partial<GroupInput> & WithMembers,
  actor: Actor,
): Promise<Group> {
  checkName(patch);
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    await getGroup(trx, id);
    const fields = Object.keys(patch);
    if (fields.length > 0) {
      await trx.updateTable('directory.group').set(patch).where('id', '=', id).execute();
    }
    const group = await getGroup(trx, id);
    await hint(trx, 'groups');
    if (fields.length > 0) {
      const target = targetOf(group);
      await recordAudit(trx, now, actor, { action: 'updateGroup', target, detail: { fields } });
    }
    await addTo(context, trx, group, members, actor);
    return group;
  });
}

/**
 * Deletes a group softly: its assignments stay and give nothing new, and what its members hold is kept.
 *
 * @throws Problem `groupNotFound`
 */
export async function deleteGroup(context: Context, id: string, actor: Actor): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const group = await getGroup(trx, id);
    await trx.updateTable('directory.group').set({ deletedAt: now }).where('id', '=', id).execute();
    await leaveNote(trx, 'grants', 'group', id);
    await hint(trx, 'groups');
    await recordAudit(trx, now, actor, { action: 'deleteGroup', target: targetOf(group) });
  });
}

/**
 * Takes a deleted group back, with the members it had: its assignments count again (behavior L38).
 *
 * @throws Problem `groupNotFound`
 */
export async function restoreGroup(context: Context, id: string, actor: Actor): Promise<Group> {
  return context.db.transaction().execute(async (trx) => {
    await getDeletedGroup(trx, id);
    await trx
      .updateTable('directory.group')
      .set({ deletedAt: null })
      .where('id', '=', id)
      .execute();
    const group = await getGroup(trx, id);
    await leaveNote(trx, 'grants', 'group', group.id);
    await hint(trx, 'groups', 'apps');
    const target = targetOf(group);
    await recordAudit(trx, context.clock.now(), actor, { action: 'restoreGroup', target });
    return group;
  });
}

function targetOf(group: Group): { kind: string; id: string; name: string } {
  return { kind: 'group', id: group.id, name: group.displayName };
}

function checkName(input: Partial<GroupInput>): void {
  if (input.displayName === undefined || input.displayName.trim() !== '') return;
  throw new Problem('badRequest', 'emptyName', 'displayName must not be empty.', {
    field: 'displayName',
  });
}
