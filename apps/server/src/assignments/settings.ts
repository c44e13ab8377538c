import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { Problem } from '../errors.ts';

/** What a property list can carry, but dates and data. */
const configurationValue = Type.Cyclic(
  {
    Value: Type.Union([
      Type.String(),
      Type.Number(),
      Type.Boolean(),
      Type.Array(Type.Ref('Value')),
      Type.Record(Type.String({ minLength: 1 }), Type.Ref('Value')),
    ]),
  },
  'Value',
);

const settingsSchema = Type.Object(
  {
    /** The app goes when the device leaves management; Apple's default is to keep it (behavior L37). */
    uninstallOnDeviceRemoval: Type.Optional(Type.Boolean()),
    /** The person may remove it; Required only. */
    isRemovable: Type.Optional(Type.Boolean()),
    preventManagedAppBackup: Type.Optional(Type.Boolean()),
    preventAutoAppUpdate: Type.Optional(Type.Boolean()),
    vpnConfigurationId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    /** The managed app configuration that the app reads on the device. */
    configuration: Type.Optional(Type.Record(Type.String({ minLength: 1 }), configurationValue)),
    /** An app for iPhone and iPad goes to Macs with Apple silicon, too, where it runs there and has no version of its own. */
    onMacs: Type.Optional(Type.Boolean()),
    /** What happens when nothing assigns the app any more; reclaimAndRemove when left out (behavior 62). */
    onUnassign: Type.Optional(
      Type.Union([Type.Literal('keep'), Type.Literal('reclaim'), Type.Literal('reclaimAndRemove')]),
    ),
    /**
     * The license is taken before it can be used: of an Available app when it is offered, not when somebody asks for it,
     * and for the devices of a group that are known by serial number before they enroll.
     */
    licensesAhead: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** How an assignment is carried out. What is left out is the default. */
export type AssignmentSettings = Type.Static<typeof settingsSchema>;

/** Settings as they are asked for: what is left out keeps what is saved, null is the default again. */
export type SettingsPatch = Readonly<Record<string, unknown>>;

/**
 * The settings that are asked for by themselves, without those that are to be the default.
 *
 * @throws Problem `badSetting` naming the setting
 */
export function checkSettings(patch: SettingsPatch): AssignmentSettings {
  const unknown = Object.keys(patch).find(
    (name) => !Object.hasOwn(settingsSchema.properties, name),
  );
  if (unknown !== undefined)
    throw badSetting(unknown, 'is not a setting of an assignment; leave it out');
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null));
  if (Value.Check(settingsSchema, given)) return given;
  const [error] = Value.Errors(settingsSchema, given);
  throw badSetting(error?.instancePath.slice(1) ?? '', error?.message ?? 'is not valid');
}

/** What is saved, with what is asked for in its place. `given` are the checked settings of `patch`. */
export function mergeSettings(
  saved: AssignmentSettings,
  patch: SettingsPatch,
  given: AssignmentSettings,
): AssignmentSettings {
  const kept = Object.entries(saved).filter(([name]) => patch[name] === undefined);
  return { ...Object.fromEntries(kept), ...given };
}

function badSetting(name: string, problem: string): Problem {
  const field = `settings/${name}`.replace(/\/$/, '');
  return new Problem('badRequest', 'badSetting', `${field} ${problem}. Nothing was saved.`, {
    field,
  });
}
