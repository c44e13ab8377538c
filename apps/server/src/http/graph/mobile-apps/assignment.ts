import type { Entity, Version } from '@allotment/graph-odata';
import { typeName } from '@allotment/graph-odata';
import { Type } from 'typebox';
import type { AssignmentInput, AssignmentRow } from '../../../assignments/index.ts';
import type { AppSummary } from '../../../status/index.ts';
import { refuseUnsupported, refuseWhatPeopleTakePartIn } from '../../unsupported.ts';
import { enumMember, wrong } from '../body.ts';
import { mobileAppAssignment } from '../types.ts';
import type { EntitySet } from '../call.ts';

type Platform = AppSummary['platform'];

const intents = ['available', 'required', 'uninstall', 'availableWithoutEnrollment'] as const;
/** The numbers that Graph puts into the ids of assignments. */
const intentNumbers = { available: 0, required: 1, uninstall: 2 } as const;

const allUsers = 'acacacac-9df4-4c7d-9d50-4ef0226f57a9';
const allDevices = 'adadadad-808e-44e2-905a-0b7873a8a531';

const targets = {
  group: { type: 'groupAssignmentTarget', excluded: 0, virtual: undefined },
  exclusionGroup: { type: 'exclusionGroupAssignmentTarget', excluded: 1, virtual: undefined },
  allUsers: { type: 'allLicensedUsersAssignmentTarget', excluded: 0, virtual: allUsers },
  allDevices: { type: 'allDevicesAssignmentTarget', excluded: 0, virtual: allDevices },
} as const;
const targetKinds = ['group', 'exclusionGroup', 'allUsers', 'allDevices'] as const;

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
  target: Type.Object({
    '@odata.type': text,
    groupId: text,
    deviceAndAppManagementAssignmentFilterId: text,
  }),
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

/** Reads an assignment. A license type that is not said is the device's. @throws Problem naming the field */
export function readAssignment(body: AssignmentBody): AssignmentInput {
  const { target, settings } = body;
  const given = typeName(target['@odata.type'] ?? '');
  const kind = targetKinds.find((name) => targets[name].type.toLowerCase() === given.toLowerCase());
  if (kind === undefined) {
    throw wrong(
      'target/@odata.type',
      `one of ${targetKinds.map((name) => `#microsoft.graph.${targets[name].type}`).join(', ')}`,
    );
  }
  refuseUnsupported(
    'target/deviceAndAppManagementAssignmentFilterId',
    target.deviceAndAppManagementAssignmentFilterId,
  );
  for (const name of [
    'vpnConfigurationId',
    'uninstallOnDeviceRemoval',
    'isRemovable',
    'preventManagedAppBackup',
    'preventAutoAppUpdate',
  ] as const) {
    refuseUnsupported(`settings/${name}`, settings?.[name]);
  }
  const groupId = target.groupId ?? undefined;
  const input: AssignmentInput = {
    intent: enumMember('intent', body.intent, intents),
    target: groupId === undefined ? { kind } : { kind, groupId },
    licenseType: settings?.useDeviceLicensing === false ? 'user' : 'device',
  };
  refuseWhatPeopleTakePartIn(input, 'settings/useDeviceLicensing');
  return input;
}

/** The id that Graph's clients know: the group, the intent's number, and whether the group is excluded. */
export function assignmentId(row: AssignmentRow): string {
  const target = targets[row.target];
  return `${row.groupId ?? target.virtual ?? row.id}_${intentNumbers[row.intent]}_${target.excluded}`;
}

export function assignmentEntity(row: AssignmentRow, platform: Platform, version: Version): Entity {
  return {
    id: assignmentId(row),
    intent: row.intent,
    source: 'direct',
    sourceId: row.appId,
    target: {
      '@odata.type': `#microsoft.graph.${targets[row.target].type}`,
      ...(version === 'beta'
        ? {
            deviceAndAppManagementAssignmentFilterId: null,
            deviceAndAppManagementAssignmentFilterType: 'none',
          }
        : {}),
      ...(row.groupId === null ? {} : { groupId: row.groupId }),
    },
    settings: settingsOf(row, platform, version),
  };
}

function settingsOf(row: AssignmentRow, platform: Platform, version: Version): Entity {
  const licensing = { useDeviceLicensing: row.licenseType === 'device' };
  if (platform === 'macos') {
    return {
      '@odata.type': '#microsoft.graph.macOsVppAppAssignmentSettings',
      ...licensing,
      uninstallOnDeviceRemoval: null,
      preventManagedAppBackup: null,
      preventAutoAppUpdate: null,
    };
  }
  return {
    '@odata.type': '#microsoft.graph.iosVppAppAssignmentSettings',
    ...licensing,
    vpnConfigurationId: null,
    ...(version === 'beta'
      ? {
          uninstallOnDeviceRemoval: null,
          isRemovable: null,
          preventManagedAppBackup: null,
          preventAutoAppUpdate: null,
        }
      : {}),
  };
}
