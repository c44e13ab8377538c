import type { Selectable } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { DirectoryGroup } from '../db/generated/tables.ts';
import { Problem } from '../errors.ts';
import { isGuid } from './guid.ts';

export type Group = Selectable<DirectoryGroup>;

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
