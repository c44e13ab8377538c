import type { Entity, Version } from '@allotment/graph-odata';
import { Type } from 'typebox';
import type { AssignmentInput, AssignmentRow } from '../../../assignments/index.ts';
import type { AppSummary } from '../../../status/index.ts';
import { assignmentId, readTarget, targetBody, targetEntity } from '../assignment-target.ts';
import { enumMember } from '../body.ts';
import { mobileAppAssignment } from '../types.ts';
import type { EntitySet } from '../call.ts';

type Platform = AppSummary['platform'];

const intents = ['available', 'required', 'uninstall', 'availableWithoutEnrollment'] as const;

export const assignmentsOf = (appId: string): EntitySet => ({
  path: `deviceAppManagement/mobileApps('${appId}')/assignments`,
  types: [mobileAppAssignment],
  pageSize: 1_000,
  alwaysCounts: true,
});

const flag = Type.Optional(Type.Union([Type.Boolean(), Type.Null()]));
const text = Type.Optional(Type.Union([Type.String({ maxLength: 256 }), Type.Null()]));

/** An assignment as it is sent; properties this server has no use for are ignored. */
export const assignmentBody = Type.Object({
  intent: Type.String({ maxLength: 64 }),
  target: targetBody,
  settings: Type.Optional(
    Type.Union([
      Type.Object({
        '@odata.type': text,
        useDeviceLicensing: flag,
        vpnConfigurationId: text,
        uninstallOnDeviceRemoval: flag,
        isRemovable: flag,
        preventManagedAppBackup: flag,
        preventAutoAppUpdate: flag,
      }),
      Type.Null(),
    ]),
  ),
});
type AssignmentBody = Type.Static<typeof assignmentBody>;

/** Reads an assignment. What is left out stays as it is, null is the default. @throws Problem naming the field */
export function readAssignment(body: AssignmentBody): AssignmentInput {
  const settings = body.settings ?? {};
  const { useDeviceLicensing } = settings;
  const licensing =
    useDeviceLicensing === undefined
      ? {}
      : { licenseType: useDeviceLicensing === false ? ('user' as const) : ('device' as const) };
  return {
    intent: enumMember('intent', body.intent, intents),
    target: readTarget(body.target),
    ...licensing,
    settings: Object.fromEntries(
      deviceSettings.flatMap((name) => {
        const value = settings[name];
        return value === undefined ? [] : [[name, value === '' ? null : value]];
      }),
    ),
  };
}

const deviceSettings = [
  'vpnConfigurationId',
  'uninstallOnDeviceRemoval',
  'isRemovable',
  'preventManagedAppBackup',
  'preventAutoAppUpdate',
] as const;

export function assignmentEntity(row: AssignmentRow, platform: Platform, version: Version): Entity {
  return {
    id: assignmentId(row),
    intent: row.intent,
    source: 'direct',
    sourceId: row.appId,
    target: targetEntity(row, version),
    settings: settingsOf(row, platform, version),
  };
}

function settingsOf(row: AssignmentRow, platform: Platform, version: Version): Entity {
  const licensing = { useDeviceLicensing: row.licenseType === 'device' };
  if (platform === 'macos') {
    return {
      '@odata.type': '#microsoft.graph.macOsVppAppAssignmentSettings',
      ...licensing,
      uninstallOnDeviceRemoval: row.settings.uninstallOnDeviceRemoval ?? null,
      preventManagedAppBackup: row.settings.preventManagedAppBackup ?? null,
      preventAutoAppUpdate: row.settings.preventAutoAppUpdate ?? null,
    };
  }
  return {
    '@odata.type': '#microsoft.graph.iosVppAppAssignmentSettings',
    ...licensing,
    vpnConfigurationId: row.settings.vpnConfigurationId ?? null,
    ...(version === 'beta'
      ? {
          uninstallOnDeviceRemoval: row.settings.uninstallOnDeviceRemoval ?? null,
          isRemovable: row.settings.isRemovable ?? null,
          preventManagedAppBackup: row.settings.preventManagedAppBackup ?? null,
          preventAutoAppUpdate: row.settings.preventAutoAppUpdate ?? null,
        }
      : {}),
  };
}
