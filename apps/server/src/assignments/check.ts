import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import type { Target } from './read.ts';
import {
  type AssignableApp,
  type AssignmentInput,
  availableToDevices,
  type CheckedAssignment,
  checkShape,
  missingGroup,
  refusal,
  type SavedAssignment,
  targetKey,
} from './shape.ts';

/** The app or book, its row locked so that two saves of its assignments follow each other. @throws Problem `appNotFound` */
export async function lockApp(trx: Trx, appId: string): Promise<AssignableApp> {
  const { rows } = isGuid(appId)
    ? await sql<AssignableApp>`
        select app.id, app.platform, coalesce(t.name, a.adam_id) as name, a.device_assignable, a.revocable
        from library.app app
        join library.asset a on a.id = app.asset_id
        left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
        where app.id = ${appId} for no key update of app`.execute(trx)
    : { rows: [] };
  const [app] = rows;
  if (app === undefined) throw new Problem('notFound', 'appNotFound', `There is no app ${appId}.`);
  return app;
}

/** The app's assignments as they are, by target. */
async function readSaved(
  trx: Trx,
  app: AssignableApp,
): Promise<ReadonlyMap<string, SavedAssignment>> {
  const { rows } = await sql<SavedAssignment & { target: Target; groupId: string | null }>`
    select target, group_id, license_type, settings, priority from assignments.assignment where app_id = ${app.id}`.execute(
    trx,
  );
  return new Map(rows.map((row) => [targetKey(row.target, row.groupId), row]));
}

/**
 * Holds a wish against what can be done (behaviors L28, L36, L38). Nothing is written. A group that was deleted stays
 * assigned where it is, suspended, and is assigned nowhere else.
 *
 * @throws Problem naming the field and the remedy: the codes are in `shape.ts` and below
 */
export async function checkAssignments(
  trx: Trx,
  app: AssignableApp,
  wanted: readonly AssignmentInput[],
): Promise<readonly CheckedAssignment[]> {
  const saved = await readSaved(trx, app);
  const checked = wanted.map((wish) => checkShape(app, wish, saved));
  refuseTwice(checked);
  const groups = await readGroups(
    trx,
    checked.flatMap((one) => one.groupId ?? []),
  );
  for (const one of checked) {
    if (one.groupId === null) continue;
    const group = groups.get(one.groupId);
    if (group === undefined || (group.deleted && !saved.has(targetKey(one.target, one.groupId))))
      throw missingGroup(one.groupId);
    if (one.target === 'group') refuseDevices(app, one, group);
  }
  return checked;
}

/** A group has one intent per app, whether it is included or excluded (behavior L38). */
function refuseTwice(checked: readonly CheckedAssignment[]): void {
  const seen = new Set<string>();
  for (const one of checked) {
    const target = one.groupId ?? one.target;
    if (seen.has(target)) {
      throw refusal(
        'duplicateTarget',
        one.groupId === null ? 'target' : 'target/groupId',
        `${one.groupId === null ? `The target ${target}` : `The group ${target}`} is named twice; it has one assignment an app.`,
      );
    }
    seen.add(target);
  }
}

function refuseDevices(app: AssignableApp, one: CheckedAssignment, group: Group): void {
  if (app.platform === 'book' && group.devices) {
    throw refusal(
      'booksToPeopleOnly',
      'target/groupId',
      `${group.name} has devices in it. A book is licensed to people: choose a group of people.`,
    );
  }
  if (one.intent === 'available' && group.devices && !group.people) {
    throw availableToDevices('target/groupId');
  }
}

interface Group {
  readonly id: string;
  readonly name: string;
  readonly deleted: boolean;
  /** Whether there are any in it, directly or through the groups in it. */
  readonly devices: boolean;
  readonly people: boolean;
}

async function readGroups(
  trx: Trx,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, Group>> {
  if (groupIds.length === 0) return new Map();
  await sql`select id from directory.group where id = any(${groupIds}::uuid[]) order by id for key share`.execute(
    trx,
  );
  const { rows } = await sql<Group>`
    with recursive tree as (
      select id as root, id from directory.group where id = any(${groupIds}::uuid[])
      union
      select tree.root, g.id from tree
      join directory.member m on m.group_id = tree.id
      join directory.group g on g.id = m.child_group_id and g.deleted_at is null
    )
    select g.id, g.display_name as name, g.deleted_at is not null as deleted,
      exists (select from tree join directory.member m on m.group_id = tree.id where tree.root = g.id and m.device_id is not null) as devices,
      exists (select from tree join directory.member m on m.group_id = tree.id where tree.root = g.id and m.person_id is not null) as people
    from directory.group g where g.id = any(${groupIds}::uuid[])`.execute(trx);
  return new Map(rows.map((group) => [group.id, group]));
}
