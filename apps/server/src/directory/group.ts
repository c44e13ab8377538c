import type { Selectable } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { DirectoryGroup } from '../db/generated/tables.ts';
import { Problem } from '../errors.ts';
import { isGuid } from './guid.ts';

export type Group = Selectable<DirectoryGroup>;

/** A group that is there. @throws Problem `groupNotFound` */
export async function getGroup(db: Database, id: string): Promise<Group> {
  const group = await findGroup(db, id);
  if (group !== undefined && group.deletedAt === null) return group;
  throw new Problem('notFound', 'groupNotFound', `There is no group ${id}.`);
}

/** A group that was deleted and can be restored. @throws Problem `groupNotFound` */
export async function getDeletedGroup(db: Database, id: string): Promise<Group> {
  const group = await findGroup(db, id);
  if (group !== undefined && group.deletedAt !== null) return group;
  throw new Problem('notFound', 'groupNotFound', `There is no deleted group ${id}.`);
}

async function findGroup(db: Database, id: string): Promise<Group | undefined> {
  if (!isGuid(id)) return undefined;
  return db.selectFrom('directory.group').selectAll().where('id', '=', id).executeTakeFirst();
}
