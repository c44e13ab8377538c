import type { Mdm } from './mdm.ts';
import { TestDevice } from './test-device.ts';

/** What a Mac says of itself when it enrolls. */
export const aMac = { ProductName: 'Mac14,2', OSVersion: '15.1' };

/** The device of the server that a Mac is. */
export const rowOf = async ({ mdm, serialNumber }: TestDevice) =>
  mdm.context.db
    .selectFrom('devices.device')
    .selectAll()
    .where('serialNumber', '=', serialNumber)
    .executeTakeFirstOrThrow();

/** An enrolled Mac that has answered its first questions. */
export async function enrolledMac(
  mdm: Mdm,
  serialNumber: string,
  udid?: string,
): Promise<TestDevice> {
  const mac = new TestDevice(mdm, serialNumber, udid);
  await mac.installProfile();
  await mac.authenticate(aMac);
  await mac.updateToken();
  await mac.session(() => ({ status: 'Acknowledged' }));
  return mac;
}

/** The channel of somebody who signed in on a Mac, which told what it was asked at first. */
export async function signIn(mac: TestDevice, userId: string): Promise<TestDevice> {
  const channel = mac.channel(userId);
  await channel.authenticateUser();
  await channel.updateToken();
  await channel.session(() => ({ status: 'Acknowledged' }));
  return channel;
}
