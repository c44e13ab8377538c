import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { AssignmentSettings } from './settings.ts';

export type Intent = 'available' | 'required' | 'uninstall';
export type Target = 'group' | 'exclusionGroup' | 'allUsers' | 'allDevices';

/** One assignment of an app, with what its target is called. */
export interface AssignmentRow {
  readonly id: string;
  readonly appId: string;
  readonly intent: Intent;
  readonly target: Target;
  readonly groupId: string | null;
  readonly groupName: string | null;
  /** Direct members of the group. */
  readonly members: number;
  readonly groupDeleted: boolean;
  readonly licenseType: 'device' | 'user';
  readonly settings: AssignmentSettings;
  /** Orders the line for licenses, the highest first. */
  readonly priority: number;
}

/** The assignments of some apps, in the order they were made. */
export async function listAssignments(
  db: Database,
  appIds: readonly string[],
): Promise<readonly AssignmentRow[]> {
  const { rows } = await sql<AssignmentRow>`
    select a.id, a.app_id, a.intent, a.target, a.group_id, g.display_name as group_name,
      g.deleted_at is not null as group_deleted, a.license_type, a.settings, a.priority,
      (select count(*)::int from directory.member m where m.group_id = a.group_id) as members
    from assignments.assignment a
    left join directory.group g on g.id = a.group_id
    where a.app_id = any(${appIds}::uuid[])
    order by a.position, a.id`.execute(db);
  return rows;
}
