import { sql } from 'kysely';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { Problem } from '../errors.ts';

const minutes = Type.Integer({ minimum: 0, maximum: 525_600 });
const settingsSchema = Type.Object(
  {
    /** On how many devices one user license serves its person; Apple's limit is five (behavior 27). */
    devicesPerPerson: Type.Integer({ minimum: 1, maximum: 100 }),
    /** A device that did not check in for so many days gives its licenses back; null: never. */
    silentDays: Type.Union([Type.Null(), Type.Integer({ minimum: 1, maximum: 3_650 })]),
    /** How many minutes a license is kept after the reason for it has gone. */
    graceMinutes: Type.Object(
      {
        unassigned: minutes,
        excluded: minutes,
        leftOrganization: minutes,
        deviceRetired: minutes,
        deviceWiped: minutes,
        deviceDeleted: minutes,
        deviceSilent: minutes,
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

export type LicensingSettings = Type.Static<typeof settingsSchema>;

/** What an administrator set about licenses. */
export async function readLicensingSettings(db: Database): Promise<LicensingSettings> {
  const { rows } = await sql<LicensingSettings>`
    select devices_per_person, silent_days, grace_minutes from grants.setting`.execute(db);
  return Value.Parse(settingsSchema, rows[0]);
}

/**
 * Saves them. How many devices a user license serves counts at once, also for those it was refused to or serves already;
 * silent devices are looked for by themselves, and a grace period that has begun keeps its end.
 *
 * @throws Problem `badSetting` naming the field
 */
export async function updateLicensingSettings(
  context: Context,
  settings: unknown,
  actor: Actor,
): Promise<void> {
  if (!Value.Check(settingsSchema, settings)) {
    const [error] = Value.Errors(settingsSchema, settings);
    const field = error?.instancePath.slice(1) ?? '';
    throw new Problem(
      'badRequest',
      'badSetting',
      `${field === '' ? 'The settings' : field} ${error?.message ?? 'are not valid'}. Nothing was saved.`,
      { field },
    );
  }
  await context.db.transaction().execute(async (trx) => {
    await noteUserLicenses(trx, settings.devicesPerPerson);
    await sql`update grants.setting set devices_per_person = ${settings.devicesPerPerson}, silent_days = ${settings.silentDays},
      grace_minutes = ${JSON.stringify(settings.graceMinutes)}::jsonb`.execute(trx);
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'updateLicensingSettings',
      target: { kind: 'settings', id: 'licensing' },
      detail: settings,
    });
  });
}

/**
 * Has the apps that are licensed to people decided anew, where so many devices a person make a difference to anybody:
 * asset by asset, because they may be everybody's, and then passes do it beside single changes.
 */
async function noteUserLicenses(trx: Trx, devicesPerPerson: number): Promise<void> {
  await sql`insert into db.note (room, kind, key)
    select 'grants', 'asset', asset_id::text from (
      select app.asset_id from assignments.assignment a join library.app app on app.id = a.app_id
      where a.license_type = 'user' and app.platform <> 'book'
      union select asset_id from grants.placement) licensed
    cross join grants.setting before
    where before.devices_per_person <> ${devicesPerPerson} and exists (
      select from devices.device where person_id is not null
      group by person_id having count(*) > least(before.devices_per_person, ${devicesPerPerson}))`.execute(
    trx,
  );
}
