import { type Entity, typeName, type Version } from '@allotment/graph-odata';
import { Type } from 'typebox';
import type { AssignmentInput, AssignmentRow } from '../../assignments/index.ts';
import { refuseUnsupported } from '../unsupported.ts';
import { wrong } from './body.ts';

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

const text = Type.Optional(Type.Union([Type.String({ maxLength: 256 }), Type.Null()]));

/** Whom an assignment is for, as it is sent. */
export const targetBody = Type.Object({
  '@odata.type': text,
  groupId: text,
  deviceAndAppManagementAssignmentFilterId: text,
});

/** @throws Problem naming the field */
export function readTarget(body: Type.Static<typeof targetBody>): AssignmentInput['target'] {
  const given = typeName(body['@odata.type'] ?? '');
  const kind = targetKinds.find((name) => targets[name].type.toLowerCase() === given.toLowerCase());
  if (kind === undefined) {
    throw wrong(
      'target/@odata.type',
      `one of ${targetKinds.map((name) => `#microsoft.graph.${targets[name].type}`).join(', ')}`,
    );
  }
  refuseUnsupported(
    'target/deviceAndAppManagementAssignmentFilterId',
    body.deviceAndAppManagementAssignmentFilterId,
  );
  const groupId = body.groupId ?? undefined;
  return groupId === undefined ? { kind } : { kind, groupId };
}

export function targetEntity(row: AssignmentRow, version: Version): Entity {
  return {
    '@odata.type': `#microsoft.graph.${targets[row.target].type}`,
    ...(version === 'beta'
      ? {
          deviceAndAppManagementAssignmentFilterId: null,
          deviceAndAppManagementAssignmentFilterType: 'none',
        }
      : {}),
    ...(row.groupId === null ? {} : { groupId: row.groupId }),
  };
}

/** The id that Graph's clients know: the group, the intent's number, and whether the group is excluded. */
export function assignmentId(row: AssignmentRow): string {
  const target = targets[row.target];
  return `${row.groupId ?? target.virtual ?? row.id}_${intentNumbers[row.intent]}_${target.excluded}`;
}
