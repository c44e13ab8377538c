import { createHash } from 'node:crypto';

import type { Device } from '../device.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import type { Environment } from '../environment.ts';
import { PlistReal, type PlistInput } from '../messages/plist.ts';
import { storeAccount } from '../store-account.ts';
import { isShared, systemOf } from '../system.ts';
import type { CommandKind } from './command.ts';

interface Query {
  /** Undefined: answered to every server. */
  readonly right: number | undefined;
  /** Never told in User Enrollment. */
  readonly withheld: boolean;
  /** Undefined: this device has no such thing. */
  readonly value: (device: Device, environment: Environment) => PlistInput | undefined;
}

type Values = Record<string, Query['value']>;

const GIGABYTE = 1_000_000_000;

const QUERIES: ReadonlyMap<string, Query> = new Map([
  ...queries(undefined, {
    OrganizationInfo: ({ organizationName }) =>
      organizationName === undefined ? undefined : { OrganizationName: organizationName },
  }),
  ...withheld(undefined, {
    UDID: ({ udid }) => udid,
    AwaitingConfiguration: ({ traits }) => traits.awaitingConfiguration,
  }),
  ...withheld(RIGHT.manageApps, {
    iTunesStoreAccountIsActive: ({ family, traits }) =>
      family === 'Vision' ? undefined : traits.storeAccount !== 'none',
    iTunesStoreAccountHash: (device, environment) =>
      device.family === 'Vision' ? undefined : storeAccount(environment, device)?.idHash,
  }),
  ...queries(RIGHT.deviceInformation, {
    DeviceName: ({ traits }) => traits.name,
    OSVersion: ({ traits }) => traits.osVersion,
    BuildVersion: (device) => systemOf(device).build,
    ModelName: (device) => systemOf(device).modelName,
    Model: (device) => (device.family === 'Vision' ? undefined : systemOf(device).model),
    ModelNumber: (device) => systemOf(device).model,
    ProductName: ({ traits }) => traits.productName,
    DeviceCapacity: ({ family, traits }) =>
      family === 'AppleTV' ? undefined : gigabytes(traits.capacityBytes),
    AvailableDeviceCapacity: ({ family, traits }) =>
      family === 'AppleTV' ? undefined : gigabytes(traits.freeBytes),
    BatteryLevel: ({ family, udid }) => (family === 'AppleTV' ? undefined : batteryLevel(udid)),
    IsSupervised: ({ traits }) => traits.supervised,
    IsMultiUser: (device) =>
      device.family === 'iPhone' || device.family === 'iPad' ? isShared(device) : undefined,
    IsAppleSilicon: ({ family }) => (family === 'Mac' ? true : undefined),
    SupportsiOSAppInstalls: ({ family }) => (family === 'Mac' ? true : undefined),
  }),
  ...withheld(RIGHT.deviceInformation, {
    SerialNumber: ({ serialNumber }) => serialNumber,
    IMEI: (device) => systemOf(device).imei,
  }),
]);

/** Apple: Device Information Command. Unknown and forbidden queries are left out of the answer. */
export const deviceInformation: CommandKind = {
  requestType: 'DeviceInformation',
  right: undefined,
  userFamilies: ['Mac', 'iPad'],
  run({ environment, device, enrollment }, command) {
    const responses: Record<string, PlistInput | undefined> = {};
    for (const name of command.required('Queries', 'strings')) {
      const query = QUERIES.get(name);
      if (query?.withheld === true && enrollment.enrollmentId !== undefined) continue;
      const right = query?.right ?? 0;
      if ((enrollment.profile.accessRights & right) === right)
        responses[name] = query?.value(device, environment);
    }
    return { QueryResponses: responses };
  },
};

function queries(right: number | undefined, values: Values): [string, Query][] {
  return Object.entries(values).map(([name, value]) => [name, { right, withheld: false, value }]);
}

function withheld(right: number | undefined, values: Values): [string, Query][] {
  return Object.entries(values).map(([name, value]) => [name, { right, withheld: true, value }]);
}

/** A quantity that stays what it is for a device. */
function batteryLevel(udid: string): PlistReal {
  const [first = 0] = createHash('sha1').update(udid).digest();
  return new PlistReal(Math.round(20 + (first / 255) * 80) / 100);
}

function gigabytes(bytes: number): PlistReal {
  return new PlistReal(Math.round((bytes / GIGABYTE) * 1000) / 1000);
}
