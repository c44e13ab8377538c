import type { Selectable } from 'kysely';
import { recordAudit, type Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import type { DirectoryGroup } from '../db/generated/tables.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { Problem } from '../errors.ts';
import { isGuid } from './guid.ts';

export type Group = Selectable<DirectoryGroup>;

export interface GroupInput {
  readonly displayName: string;
  readonly description?: string | null;
}

/** A group that is there. @throws Problem `groupNotFound` */
export async function getGroup(db: Database, id: string): Promise<Group> {
  const group = isGuid(id)
    ? await db
        .selectFrom('directory.group')
        .selectAll()
        .where('id', '=', id)
        .where('deletedAt', 'is', null)
        .executeTakeFirst()
    : undefined;
  if (group !== undefined) return group;
  throw new Problem('notFound', 'groupNotFound', `There is no group ${id}.`);
}

/** @throws Problem `emptyName` */
export async function createGroup(
  context: Context,
  input: GroupInput,
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
    return group;
  });
}

/** Changes the given fields. @throws Problem `groupNotFound`, `emptyName` */
export async function updateGroup(
  context: Context,
  id: string,
  patch: Partial<GroupInput>,
  actor: Actor,
): Promise<Group> {
  checkName(patch);
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    await getGroup(trx, id);
    if (Object.keys(patch).length > 0) {
      await trx.updateTable('directory.group').set(patch).where('id', '=', id).execute();
    }
    const group = await getGroup(trx, id);
    await hint(trx, 'groups');
    await recordAudit(trx, now, actor, {
      action: 'updateGroup',
      target: targetOf(group),
      detail: { fields: Object.keys(patch) },
    });
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

function targetOf(group: Group): { kind: string; id: string; name: string } {
  return { kind: 'group', id: group.id, name: group.displayName };
}

function checkName(input: Partial<GroupInput>): void {
  if (input.displayName === undefined || input.displayName.trim() !== '') return;
  throw new Problem('badRequest', 'emptyName', 'displayName must not be empty.', {
    field: 'displayName',
  });
}
