import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { isGuid } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import type { Intent, Target } from './read.ts';

/** What an administrator wants: as it came, not yet known to make sense. */
export interface AssignmentInput {
  readonly intent: Intent | 'availableWithoutEnrollment';
  readonly target: { readonly kind: Target; readonly groupId?: string };
  readonly licenseType: 'device' | 'user';
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** An assignment that makes sense. */
export interface CheckedAssignment {
  readonly intent: 'required';
  readonly groupId: string;
  readonly licenseType: 'device';
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface AssignableApp {
  readonly id: string;
  readonly name: string;
  readonly deviceAssignable: boolean;
}

/** The app, its row locked so that two saves of its assignments follow each other. @throws Problem `appNotFound` */
export async function lockApp(trx: Trx, appId: string): Promise<AssignableApp> {
  const { rows } = isGuid(appId)
    ? await sql<AssignableApp>`
        select app.id, coalesce(t.name, a.adam_id) as name, a.device_assignable
        from library.app app
        join library.asset a on a.id = app.asset_id
        left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
        where app.id = ${appId} for no key update of app`.execute(trx)
    : { rows: [] };
  const [app] = rows;
  if (app === undefined) throw new Problem('notFound', 'appNotFound', `There is no app ${appId}.`);
  return app;
}

/**
 * Holds a wish against what can be done. Nothing is written.
 *
 * @throws Problem `notYetSupported`, `notDeviceAssignable`, `groupNotFound`, `duplicateTarget`, each naming the field
 */
export async function checkAssignments(
  trx: Trx,
  app: AssignableApp,
  wanted: readonly AssignmentInput[],
): Promise<readonly CheckedAssignment[]> {
  const checked = wanted.map(checkShape);
  if (checked.length > 0 && !app.deviceAssignable) {
    throw new Problem(
      'badRequest',
      'notDeviceAssignable',
      `Apple does not let ${app.name} be licensed to devices. Choose another app, or ask its developer to allow device assignment.`,
      { field: 'settings/useDeviceLicensing' },
    );
  }
  const twice = checked.find((one, index) =>
    checked.slice(0, index).some((earlier) => earlier.groupId === one.groupId),
  );
  if (twice !== undefined) {
    throw new Problem(
      'badRequest',
      'duplicateTarget',
      `The group ${twice.groupId} is named twice; a group has one assignment an app.`,
      { field: 'target/groupId' },
    );
  }
  await refuseMissingGroups(
    trx,
    checked.map((one) => one.groupId),
  );
  return checked;
}

function checkShape(wish: AssignmentInput): CheckedAssignment {
  if (wish.intent !== 'required') {
    throw notYet('intent', `The intent ${wish.intent}`, 'required');
  }
  if (wish.target.kind !== 'group') {
    throw notYet('target', `The target ${wish.target.kind}`, 'a group');
  }
  if (wish.licenseType !== 'device') {
    throw notYet('settings/useDeviceLicensing', 'User licensing', 'device licensing (true)');
  }
  const groupId = wish.target.groupId ?? '';
  if (!isGuid(groupId)) throw missingGroup(groupId);
  return {
    intent: 'required',
    groupId: groupId.toLowerCase(),
    licenseType: 'device',
    settings: wish.settings ?? {},
  };
}

function notYet(field: string, what: string, works: string): Problem {
  return new Problem(
    'badRequest',
    'notYetSupported',
    `${what} is not supported yet; ${field} must be ${works}. Nothing was saved.`,
    { field },
  );
}

async function refuseMissingGroups(trx: Trx, groupIds: readonly string[]): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from directory.group where id = any(${groupIds}::uuid[]) and deleted_at is null for key share`.execute(
    trx,
  );
  const there = new Set(rows.map((row) => row.id));
  const missing = groupIds.find((id) => !there.has(id));
  if (missing !== undefined) throw missingGroup(missing);
}

function missingGroup(groupId: string): Problem {
  return new Problem(
    'badRequest',
    'groupNotFound',
    groupId === ''
      ? 'target/groupId is missing: name the group by its id. Nothing was saved.'
      : `There is no group ${groupId}; it may have been deleted. Nothing was saved.`,
    { field: 'target/groupId' },
  );
}
