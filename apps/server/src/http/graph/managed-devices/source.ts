import type { Entity } from '@allotment/graph-odata';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../../db/connect.ts';
import { isGuid } from '../../../directory/index.ts';
import { Problem } from '../../../errors.ts';
import { dateTime, type EntitySet } from '../call.ts';
import type { Source } from '../sql-listing.ts';
import { managedDevice } from '../types.ts';

export const managedDevices: EntitySet = {
  path: 'deviceManagement/managedDevices',
  types: [managedDevice],
  pageSize: 1_000,
  alwaysCounts: true,
};

export interface ManagedDeviceRow {
  readonly id: string;
  readonly directoryDeviceId: string;
  readonly deviceName: string;
  readonly serialNumber: string;
  readonly userEnrollment: boolean;
  readonly udid: string | null;
  readonly model: string | null;
  readonly family: string | null;
  readonly osVersion: string | null;
  readonly supervised: boolean | null;
  readonly ownership: string;
  readonly managementState: string;
  readonly enrolledAt: Date | null;
  readonly lastCheckInAt: Date | null;
  readonly userId: string | null;
  readonly userPrincipalName: string | null;
  readonly userDisplayName: string | null;
  readonly mail: string | null;
}

const deviceName = sql`coalesce(d.name, d.serial_number)`;
const operatingSystem = sql`case d.family when 'iPad' then 'iPadOS' when 'Mac' then 'macOS'
  when 'AppleTV' then 'tvOS' when 'Vision' then 'visionOS' else 'iOS' end`;
const text = (column: RawBuilder<unknown>) => ({ kind: 'text', sql: column }) as const;

/** Devices that are, or were, enrolled here. */
export const managedDeviceSource: Source<ManagedDeviceRow> = {
  toEntity: managedDeviceEntity,
  from: sql`devices.device d
    left join directory.person p on p.id = d.person_id and p.deleted_at is null
    left join devices.enrollment e on e.device_id = d.id and e.state = 'enrolled' and e.device_enrollment_id is null`,
  select: sql`d.id, d.directory_device_id, ${deviceName} as device_name, d.serial_number, e.udid, coalesce(d.product_name, d.model) as model,
    d.family, d.os_version, d.supervised, d.user_enrollment, d.ownership, d.management_state, d.enrolled_at, d.last_check_in_at,
    p.id as user_id, p.user_principal_name, p.display_name as user_display_name, p.mail`,
  where: sql<boolean>`d.management_state <> 'discovered'`,
  columns: {
    id: text(sql`d.id::text`),
    deviceName: text(deviceName),
    serialNumber: text(sql`d.serial_number`),
    udid: text(sql`e.udid`),
    model: text(sql`coalesce(d.product_name, d.model)`),
    operatingSystem: text(operatingSystem),
    osVersion: text(sql`d.os_version`),
    managedDeviceOwnerType: text(sql`d.ownership`),
    isSupervised: { kind: 'boolean', sql: sql`coalesce(d.supervised, false)` },
    enrolledDateTime: { kind: 'instant', sql: sql`d.enrolled_at` },
    lastSyncDateTime: { kind: 'instant', sql: sql`d.last_check_in_at` },
    userId: text(sql`p.id::text`),
    userPrincipalName: text(sql`p.user_principal_name`),
    userDisplayName: text(sql`p.display_name`),
    emailAddress: text(sql`p.mail`),
  },
  searchable: ['deviceName', 'serialNumber', 'userPrincipalName', 'userDisplayName'],
  order: sql`lower(${deviceName}), d.id`,
};

/** Intune's name for what runs on a family of devices; null when the device has not said yet. */
export function operatingSystemOf(family: string | null): string | null {
  switch (family) {
    case null:
      return null;
    case 'iPad':
      return 'iPadOS';
    case 'Mac':
      return 'macOS';
    case 'AppleTV':
      return 'tvOS';
    case 'Vision':
      return 'visionOS';
    default:
      return 'iOS';
  }
}

/** @throws Problem `managedDeviceNotFound` */
export async function findManagedDevice(db: Database, id: string): Promise<ManagedDeviceRow> {
  const { from, select, where } = managedDeviceSource;
  const { rows } = isGuid(id)
    ? await sql<ManagedDeviceRow>`select ${select} from ${from} where ${where} and d.id = ${id}`.execute(
        db,
      )
    : { rows: [] };
  const [row] = rows;
  if (row === undefined)
    throw new Problem('notFound', 'managedDeviceNotFound', `There is no managedDevice ${id}.`);
  return row;
}

export function managedDeviceEntity(row: ManagedDeviceRow): Entity {
  const managed = row.managementState === 'managed';
  return {
    id: row.id,
    deviceName: row.deviceName,
    managedDeviceName: row.deviceName,
    // Under User Enrollment a device keeps it to itself.
    serialNumber: row.userEnrollment ? null : row.serialNumber,
    udid: row.udid,
    model: row.model,
    manufacturer: 'Apple',
    operatingSystem: operatingSystemOf(row.family),
    osVersion: row.osVersion,
    isSupervised: row.supervised ?? false,
    managedDeviceOwnerType: row.ownership,
    ownerType: row.ownership,
    // Graph has no word for a device that left; nothing can be told to it any more.
    managementState: managed ? 'managed' : 'unhealthy',
    managementAgent: 'mdm',
    complianceState: 'unknown',
    deviceRegistrationState: managed ? 'registered' : 'notRegistered',
    enrolledDateTime: dateTime(row.enrolledAt),
    lastSyncDateTime: dateTime(row.lastCheckInAt),
    userId: row.userId,
    userPrincipalName: row.userPrincipalName,
    userDisplayName: row.userDisplayName,
    emailAddress: row.mail,
    azureADDeviceId: row.directoryDeviceId,
    azureADRegistered: false,
    deviceEnrollmentType: row.userEnrollment ? 'appleUserEnrollment' : 'unknown',
    isEncrypted: false,
    jailBroken: 'Unknown',
    totalStorageSpaceInBytes: 0,
    freeStorageSpaceInBytes: 0,
    deviceActionResults: [],
    roleScopeTagIds: ['0'],
  };
}
