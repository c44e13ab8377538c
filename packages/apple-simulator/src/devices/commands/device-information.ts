import { createHash } from 'node:crypto';

import type { Device } from '../device.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import type { Environment } from '../environment.ts';
import { PlistReal, type PlistInput } from '../messages/plist.ts';
import { storeAccount } from '../store-account.ts';
import { systemOf } from '../system.ts';
import type { CommandKind } from './command.ts';

interface Query {
  /** Undefined: answered to every server. */
  readonly right: number | undefined;
  /** Undefined: this device has no such thing. */
  readonly value: (device: Device, environment: Environment) => PlistInput | undefined;
}

const GIGABYTE = 1_000_000_000;

const QUERIES: ReadonlyMap<string, Query> = new Map([
  ...open({
    UDID: ({ udid }) => udid,
    AwaitingConfiguration: () => false,
    OrganizationInfo: ({ organizationName }) =>
      organizationName === undefined ? undefined : { OrganizationName: organizationName },
  }),
  ...withRight(RIGHT.manageApps, {
    iTunesStoreAccountIsActive: ({ traits }) => traits.storeAccount !== 'none',
    iTunesStoreAccountHash: (device, environment) => storeAccount(environment, device)?.idHash,
  }),
  ...withRight(RIGHT.deviceInformation, {
    DeviceName: ({ traits }) => traits.name,
    OSVersion: ({ traits }) => traits.osVersion,
    BuildVersion: (device) => systemOf(device).build,
    ModelName: (device) => systemOf(device).modelName,
    Model: (device) => systemOf(device).model,
    ModelNumber: (device) => systemOf(device).model,
    ProductName: ({ traits }) => traits.productName,
    SerialNumber: ({ serialNumber }) => serialNumber,
    DeviceCapacity: ({ traits }) => gigabytes(traits.capacityBytes),
    AvailableDeviceCapacity: ({ traits }) => gigabytes(traits.freeBytes),
    IMEI: (device) => systemOf(device).imei,
    BatteryLevel: ({ family, udid }) => (family === 'AppleTV' ? undefined : batteryLevel(udid)),
    IsSupervised: ({ traits }) => traits.supervised,
    IsMultiUser: ({ family }) => (family === 'AppleTV' ? undefined : false),
  }),
]);

/** Apple: Device Information Command. Unknown and forbidden queries are left out of the answer. */
export const deviceInformation: CommandKind = {
  requestType: 'DeviceInformation',
  right: undefined,
  run({ environment, device, enrollment }, command) {
    const responses: Record<string, PlistInput | undefined> = {};
    for (const name of command.required('Queries', 'strings')) {
      const query = QUERIES.get(name);
      const right = query?.right ?? 0;
      if ((enrollment.profile.accessRights & right) === right)
        responses[name] = query?.value(device, environment);
    }
    return { QueryResponses: responses };
  },
};

function open(values: Record<string, Query['value']>): [string, Query][] {
  return Object.entries(values).map(([name, value]) => [name, { right: undefined, value }]);
}

function withRight(right: number, values: Record<string, Query['value']>): [string, Query][] {
  return Object.entries(values).map(([name, value]) => [name, { right, value }]);
}

/** A quantity that stays what it is for a device. */
function batteryLevel(udid: string): PlistReal {
  const [first = 0] = createHash('sha1').update(udid).digest();
  return new PlistReal(Math.round(20 + (first / 255) * 80) / 100);
}

function gigabytes(bytes: number): PlistReal {
  return new PlistReal(Math.round((bytes / GIGABYTE) * 1000) / 1000);
}
