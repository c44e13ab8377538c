import { allowRefusal } from './refusal.ts';
import type { Device, Organization } from './organization.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

/** A device of Apple in a box, as its controls show it. */
export interface FleetDevice {
  readonly serialNumber: string;
  readonly enrolled: boolean;
  readonly online: boolean;
  readonly locked: boolean;
  readonly apps: readonly {
    readonly bundleId: string;
    readonly state: string | null;
    readonly managed: boolean;
    readonly installed: boolean;
  }[];
}

/** Enrolls some devices for real, over https. @returns their serial numbers */
export async function enrollFleet(stage: Stage, random: Random): Promise<readonly string[]> {
  const count = random.chance(0.5) ? random.integer(1, 4) : 0;
  if (count === 0) return [];
  const { certificate, key } = await stage.apple.json<{ certificate: string; key: string }>(
    'POST',
    '/_control/push-certificates',
    {},
  );
  await stage.api.text('PUT', '/api/push-certificate', { certificate, key });
  const serialNumbers = Array.from(
    { length: count },
    (_, i) => `FLEET${String(i + 1).padStart(5, '0')}`,
  );
  await stage.apple.text('POST', '/_control/devices', {
    devices: serialNumbers.map((serialNumber) => ({
      serialNumber,
      family: random.pick(['iPhone', 'iPad']),
      osVersion: '18.1',
      supervised: random.chance(0.6),
    })),
  });
  for (const serialNumber of serialNumbers) await enroll(stage, serialNumber);
  return serialNumbers;
}

async function enroll(stage: Stage, serialNumber: string, owner?: Device['owner']): Promise<void> {
  const { value } = await stage.api.json<{ value: { profileUrl: string }[] }>(
    'POST',
    '/api/enrollment-links',
    { links: [{ ownership: 'company', ...(owner === undefined ? {} : { personId: owner.id }) }] },
  );
  const [link] = value;
  await stage.during(
    stage.apple.text('POST', `/_control/devices/${serialNumber}/enroll`, { url: link?.profileUrl }),
  );
}

export async function fleetOf({ apple }: Stage): Promise<readonly FleetDevice[]> {
  return (await apple.json<{ devices: FleetDevice[] }>('GET', '/_control/devices')).devices;
}

/** What happens to a device, or what its person does with it. */
type Mishap = (
  stage: Stage,
  device: Device,
  organization: Organization,
  random: Random,
) => Promise<void>;

const control = async (stage: Stage, { serialNumber }: Device, verb: string, body?: object) =>
  stage.apple.text('POST', `/_control/devices/${serialNumber}/${verb}`, body);

const simple =
  (...verbs: readonly string[]): Mishap =>
  async (stage, device, _organization, random) => {
    await control(stage, device, random.pick(verbs));
  };

const removeApp: Mishap = async (stage, device, { titles }, random) => {
  const { bundleId } = random.pick(titles);
  await control(stage, device, 'remove-app', { bundleId });
};

/** Erased without a word, and enrolled again as what it is. */
const wipe: Mishap = async (stage, device) => {
  await control(stage, device, 'wipe');
  await enroll(stage, device.serialNumber, device.owner);
};

/** Two sessions of one device at once. */
const checkInTwice: Mishap = async (stage, device) => {
  await Promise.all([control(stage, device, 'check-in'), control(stage, device, 'check-in')]);
};

const mishaps: readonly Mishap[] = [
  simple('lock', 'unlock'),
  simple('offline', 'online', 'online'),
  simple('new-token'),
  removeApp,
  checkInTwice,
  wipe,
];

/** Something happens to one of the enrolled devices. */
export async function befall(
  stage: Stage,
  organization: Organization,
  random: Random,
): Promise<void> {
  const mishap = random.pick(mishaps);
  const device = random.pick(organization.fleet);
  await allowRefusal(stage.during(mishap(stage, device, organization, random)));
}

/** Every device is unlocked and on the network, and the erased ones are enrolled again. */
export async function restoreFleet(stage: Stage, { fleet }: Organization): Promise<void> {
  for (const { serialNumber, enrolled, online, locked } of await fleetOf(stage)) {
    if (!online || locked)
      await stage.apple.text('POST', `/_control/devices/${serialNumber}/traits`, {
        online: true,
        locked: false,
      });
    if (enrolled) continue;
    const device = fleet.find((one) => one.serialNumber === serialNumber);
    await allowRefusal(enroll(stage, serialNumber, device?.owner));
  }
}
