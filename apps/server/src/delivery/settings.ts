import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';
import { Problem } from '../errors.ts';

const minuteOfDay = Type.Integer({ minimum: 0, maximum: 1439 });
const settingsSchema = Type.Object(
  {
    /** When apps may be updated by themselves, in minutes of the day of an IANA time zone; null: at any time. */
    maintenanceWindow: Type.Union([
      Type.Null(),
      Type.Object(
        { from: minuteOfDay, to: minuteOfDay, timeZone: Type.String({ maxLength: 64 }) },
        { additionalProperties: false },
      ),
    ]),
  },
  { additionalProperties: false },
);

export type DeliverySettings = Type.Static<typeof settingsSchema>;

/** What an administrator set about what devices are told. */
export async function readDeliverySettings(db: Database): Promise<DeliverySettings> {
  const { rows } =
    await sql<DeliverySettings>`select maintenance_window from delivery.setting`.execute(db);
  return Value.Parse(settingsSchema, rows[0]);
}

/** @throws Problem `badSetting` naming the field */
export async function updateDeliverySettings(
  context: Context,
  settings: unknown,
  actor: Actor,
): Promise<void> {
  if (!Value.Check(settingsSchema, settings)) {
    // The alternative `null` says less of what is wrong than the field that is.
    const errors = Value.Errors(settingsSchema, settings);
    const error = errors.find((one) => one.instancePath.includes('/', 1)) ?? errors[0];
    throw badSetting(error?.instancePath.slice(1) ?? '', error?.message ?? 'is not valid');
  }
  const { maintenanceWindow } = settings;
  if (maintenanceWindow !== null && !isTimeZone(maintenanceWindow.timeZone))
    throw badSetting('maintenanceWindow/timeZone', 'must be a time zone such as Europe/Berlin');
  if (maintenanceWindow !== null && maintenanceWindow.from === maintenanceWindow.to)
    throw badSetting('maintenanceWindow/to', 'must differ from its beginning; null means any time');
  await context.db.transaction().execute(async (trx) => {
    await sql`update delivery.setting set maintenance_window = ${maintenanceWindow === null ? null : JSON.stringify(maintenanceWindow)}::jsonb`.execute(
      trx,
    );
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'updateDeliverySettings',
      target: { kind: 'settings', id: 'delivery' },
      detail: settings,
    });
  });
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function badSetting(field: string, message: string): Problem {
  return new Problem('badRequest', 'badSetting', `${field} ${message}. Nothing was saved.`, {
    field,
  });
}
