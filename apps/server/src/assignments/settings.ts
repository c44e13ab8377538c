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
    /** What happens when nothing assigns the app any more; reclaimAndRemove when left out (behavior 62). */
    onUnassign: Type.Optional(
      Type.Union([Type.Literal('keep'), Type.Literal('reclaim'), Type.Literal('reclaimAndRemove')]),
    ),
    /** Available: the license is taken when the app is offered, not when somebody asks for it. */
    licensesAhead: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** How an assignment is carried out. What is left out is the default. */
export type AssignmentSettings = Type.Static<typeof settingsSchema>;

/** @throws Problem `badSetting` naming the setting */
export function checkSettings(settings: unknown): AssignmentSettings {
  if (Value.Check(settingsSchema, settings)) return settings;
  const [error] = Value.Errors(settingsSchema, settings);
  const unknown =
    error?.keyword === 'additionalProperties' ? error.params.additionalProperties[0] : undefined;
  const field = `settings/${unknown ?? error?.instancePath.slice(1) ?? ''}`.replace(/\/$/, '');
  throw new Problem(
    'badRequest',
    'badSetting',
    unknown === undefined
      ? `${field} ${error?.message ?? 'is not valid'}. Nothing was saved.`
      : `${field} is not a setting of an assignment; leave it out. Nothing was saved.`,
    { field },
  );
}
