import { sql } from 'kysely';
import { recordAudit, type Actor } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import { checkAssignments, lockApp } from './check.ts';
import type { AssignableApp, AssignmentInput, CheckedAssignment } from './shape.ts';

/**
 * Makes these the assignments of an app, all or none; one whose target stays keeps its id and its place in line.
 *
 * @throws Problem `appNotFound` and those of `checkAssignments`
 */
export async function replaceAssignments(
  context: Context,
  appId: string,
  wanted: readonly AssignmentInput[],
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const { app, checked } = await writeAssignments(context, trx, appId, wanted, actor);
    await saved(context, trx, app, actor, 'assignApp', checked);
  });
}

/**
 * The same, without telling anybody: for what is only tried.
 *
 * @throws Problem `appNotFound` and those of `checkAssignments`
 */
export async function writeAssignments(
  context: Context,
  trx: Trx,
  appId: string,
  wanted: readonly AssignmentInput[],
  actor: Actor,
): Promise<{ readonly app: AssignableApp; readonly checked: readonly CheckedAssignment[] }> {
  const app = await lockApp(trx, appId);
  const checked = await checkAssignments(trx, app, wanted);
  await sql`delete from assignments.assignment a where app_id = ${app.id}
    and not exists (select from ${targetsOf(checked)} where ${sameTarget})`.execute(trx);
  await write(context, trx, app, checked, actor);
  return { app, checked };
}

/**
 * Adds one assignment.
 *
 * @returns its id
 * @throws Problem `appNotFound`, `assignmentExists` and those of `checkAssignments`
 */
export async function createAssignment(
  context: Context,
  appId: string,
  wanted: AssignmentInput,
  actor: Actor,
): Promise<string> {
  return context.db.transaction().execute(async (trx) => {
    const app = await lockApp(trx, appId);
    const checked = await checkAssignments(trx, app, [wanted]);
    await refuseExisting(trx, app, checked);
    const [id] = await write(context, trx, app, checked, actor);
    if (id === undefined)
      throw new Error('The assignment was not written although nothing refused it.');
    await saved(context, trx, app, actor, 'createAppAssignment', checked);
    return id;
  });
}

/** Takes one assignment away. @throws Problem `appNotFound`, `assignmentNotFound` */
export async function deleteAssignment(
  context: Context,
  appId: string,
  assignmentId: string,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const app = await lockApp(trx, appId);
    const deleted = isGuid(assignmentId)
      ? await trx
          .deleteFrom('assignments.assignment')
          .where('id', '=', assignmentId)
          .where('appId', '=', app.id)
          .executeTakeFirst()
      : undefined;
    if (deleted?.numDeletedRows !== 1n) {
      throw new Problem(
        'notFound',
        'assignmentNotFound',
        `${app.name} has no assignment ${assignmentId}.`,
      );
    }
    await saved(context, trx, app, actor, 'deleteAppAssignment', []);
  });
}

/** A group that is excluded is not included besides, and the other way round (behavior L38). */
async function refuseExisting(
  trx: Trx,
  app: AssignableApp,
  checked: readonly CheckedAssignment[],
): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select a.id from assignments.assignment a join ${targetsOf(checked)}
      on w.group_id is not distinct from a.group_id and (a.group_id is not null or w.target = a.target)
    where a.app_id = ${app.id}`.execute(trx);
  if (rows.length === 0) return;
  throw new Problem(
    'conflict',
    'assignmentExists',
    'The MobileApp Assignment already exist: the target has one for this app. Change that one, or delete it first.',
    { field: 'target/groupId' },
  );
}

const targetsOf = (checked: readonly CheckedAssignment[]) =>
  sql`unnest(${checked.map((one) => one.target)}::text[], ${checked.map((one) => one.groupId)}::uuid[]) as w (target, group_id)`;

const sameTarget = sql`w.target = a.target and w.group_id is not distinct from a.group_id`;

async function write(
  context: Context,
  trx: Trx,
  app: AssignableApp,
  checked: readonly CheckedAssignment[],
  actor: Actor,
): Promise<readonly string[]> {
  const now = context.clock.now();
  const { rows } = await sql<{ id: string }>`
    insert into assignments.assignment as a
      (app_id, intent, target, group_id, license_type, priority, settings, created_by, created_at, modified_at)
    select ${app.id}, w.intent, w.target, w."groupId", w."licenseType", w.priority, w.settings, ${actor.name}, ${now}, ${now}
    from jsonb_to_recordset(${JSON.stringify(checked)}::jsonb)
      as w (intent text, target text, "groupId" uuid, "licenseType" text, priority int, settings jsonb)
    on conflict (app_id, target, group_id) do update
      set intent = excluded.intent, license_type = excluded.license_type, priority = excluded.priority,
        settings = excluded.settings, modified_at = excluded.modified_at
    returning a.id`.execute(trx);
  return rows.map((row) => row.id);
}

async function saved(
  context: Context,
  trx: Trx,
  app: AssignableApp,
  actor: Actor,
  action: string,
  checked: readonly CheckedAssignment[],
): Promise<void> {
  await leaveNote(trx, 'grants', 'app', app.id);
  if (app.platform !== 'book') await leaveNote(trx, 'delivery', 'settings', app.id);
  await hint(trx, 'apps', 'status', 'groups');
  await recordAudit(trx, context.clock.now(), actor, {
    action,
    target: {
      kind: app.platform === 'book' ? 'managedEBook' : 'mobileApp',
      id: app.id,
      name: app.name,
    },
    detail: { assignments: checked },
  });
}
