import { sql } from 'kysely';
import type { Actor } from '../audit/record.ts';
import { recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { Problem } from '../errors.ts';
import { servedTwice } from '../grants/index.ts';
import type { AlertSource } from './source.ts';

/** What an administrator decides about alerts. */
export interface AlertSettings {
  /** An app of which so many percent of the licenses are used is pointed out. */
  readonly lowLicensesPercent: number;
}

export async function readAlertSettings(db: Database): Promise<AlertSettings> {
  return db.selectFrom('alerts.setting').select('lowLicensesPercent').executeTakeFirstOrThrow();
}

/** @throws Problem `lowLicensesPercentOutOfRange` */
export async function updateAlertSettings(
  context: Context,
  settings: AlertSettings,
  actor: Actor,
): Promise<void> {
  const { lowLicensesPercent } = settings;
  if (!Number.isInteger(lowLicensesPercent) || lowLicensesPercent < 1 || lowLicensesPercent > 100) {
    throw new Problem(
      'badRequest',
      'lowLicensesPercentOutOfRange',
      'The share of used licenses is a whole number from 1 to 100 percent.',
      { field: 'lowLicensesPercent' },
    );
  }
  await context.db.transaction().execute(async (trx) => {
    await trx.updateTable('alerts.setting').set({ lowLicensesPercent }).execute();
    // Looked for at once, so that the change shows.
    await trx.deleteFrom('alerts.look').where('kind', '=', lowLicenses.kind).execute();
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'updateAlertSettings',
      target: { kind: 'settings', id: 'alerts' },
      detail: { lowLicensesPercent },
    });
  });
}

interface LowRow {
  readonly id: string;
  readonly name: string;
  readonly total: number;
  readonly assigned: number;
}

/**
 * Apps whose licenses run out, until enough are free again (behavior L50), by the seats that are taken here and held
 * elsewhere: Apple's own counts are half a day old. Unlimited titles never do.
 */
const lowLicenses: AlertSource = {
  kind: 'lowLicenses',
  subjectKind: 'app',
  everyMs: 5 * 60_000,
  who: 'administrator',
  find: async (context) => {
    const { rows } = await sql<LowRow>`
      select distinct on (a.id) app.id, coalesce(t.name, a.adam_id) as name, a.total, used.assigned
      from library.asset a
      left join grants.stock k on k.asset_id = a.id
      cross join lateral (select coalesce(k.foreign_held + k.taken, a.assigned) as assigned) used
      join library.app app on app.asset_id = a.id
      left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
      cross join alerts.setting s
      where not a.unlimited and a.vanished_at is null and a.total > 0 and used.assigned * 100 >= a.total * s.low_licenses_percent
      order by a.id, app.platform`.execute(context.db);
    return rows.map(({ id, name, total, assigned }) => ({
      subjectId: id,
      subjectName: name,
      severity: assigned >= total ? 'warning' : 'information',
      stage: assigned >= total ? 2 : 1,
      message:
        assigned >= total
          ? `All ${total} licenses are used.`
          : `${assigned} of ${total} licenses are used.`,
      remedy:
        'Buy licenses in Apple Business Manager or Apple School Manager, or take back those that are not needed.',
    }));
  },
};

interface TwiceRow {
  readonly id: string;
  readonly name: string;
  readonly devices: number;
  /** Of the licenses of the devices, and of those of the people. */
  readonly locations: string;
  readonly otherLocations: string;
}

/** Devices that one title serves by their own license and by their person's (behavior L20): one alert a title. */
const twiceServed: AlertSource = {
  kind: 'servedTwice',
  subjectKind: 'app',
  everyMs: 15 * 60_000,
  who: 'administrator',
  find: async (context) => {
    const { rows } = await sql<TwiceRow>`
      select (array_agg(app.id order by app.platform, app.id))[1] as id, min(coalesce(t.name, a.adam_id)) as name,
        count(distinct twice.device_id)::int as devices, string_agg(distinct l.name, ', ') as locations,
        string_agg(distinct other.name, ', ') as other_locations
      from (${servedTwice}) twice
      join library.asset a on a.id = twice.device_asset_id
      join library.location l on l.uid = a.location_uid
      join library.asset theirs on theirs.id = twice.person_asset_id
      join library.location other on other.uid = theirs.location_uid
      join library.app app on app.asset_id = a.id
      left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
      group by a.adam_id`.execute(context.db);
    return rows.map(({ id, name, devices, locations, otherLocations }) => ({
      subjectId: id,
      subjectName: name,
      severity: 'warning',
      message: `${devices === 1 ? 'One device is' : `${devices} devices are`} served twice: by a device license (${locations}) and by a license of the person (${otherLocations}). Apple does not support both on one device.`,
      remedy:
        'Assign the title to these devices with one type of license: take the group out of the other assignment, or exclude it there.',
    }));
  },
};

/** What about the licenses themselves needs somebody. */
export const licenseAlerts: readonly AlertSource[] = [lowLicenses, twiceServed];
