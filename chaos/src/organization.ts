import type { Random } from './random.ts';
import { enrollFleet } from './fleet.ts';
import type { Stage } from './stage.ts';
import { WishLog } from './wishes.ts';

/** What an assignment says of the devices in a group. */
export type Wish = 'required' | 'uninstall' | 'excluded';

export interface App {
  readonly id: string;
  readonly uId: string;
  readonly adamId: string;
  /** By id of the group. */
  wishes: ReadonlyMap<string, Wish>;
}

export interface Title {
  readonly adamId: string;
  readonly bundleId: string;
}

export interface Device {
  readonly id: string;
  readonly serialNumber: string;
  /** The directory's id, by which it joins groups. */
  readonly directoryId: string;
}

export interface Group {
  readonly id: string;
  /** Serial numbers. */
  readonly members: Set<string>;
}

/** What the schedule knows of its organization: what it asked for, and the server said yes to. */
export interface Organization {
  readonly locations: readonly { readonly uId: string; readonly tokenId: string }[];
  readonly apps: readonly App[];
  readonly titles: readonly Title[];
  readonly devices: readonly Device[];
  /** Those of the devices that are really enrolled. */
  readonly fleet: readonly Device[];
  readonly groups: readonly Group[];
  readonly wishes: WishLog;
  /** Serial numbers of devices from which licenses were taken by hand: that removes no app. */
  readonly revoked: Set<string>;
}

interface TokenView {
  readonly id: string;
  readonly locationUid: string;
  readonly lastSyncStatus: string;
}

interface AppView {
  readonly id: string;
  readonly adamId: string;
  readonly locationUid: string;
}

/** Founds an organization at Apple and at the server: scarce titles, devices in groups, nothing assigned yet. */
export async function foundOrganization(stage: Stage, random: Random): Promise<Organization> {
  const serialNumbers = await enrollFleet(stage, random);
  await writeDevices(stage, random.integer(10, 25));
  const devices = await devicesOf(stage);
  const fleet = devices.filter((device) => serialNumbers.includes(device.serialNumber));
  const groups = await makeGroups(stage, random, devices);
  const names = ['North', 'South'].slice(0, random.chance(0.4) ? 2 : 1);
  const founded = await stage.apple.json<{ locations: { uId: string }[] }>(
    'POST',
    '/_control/organizations',
    { name: 'Chaos', locations: names.map((name) => ({ name })) },
  );
  await stage.apple.text('POST', '/_control/settings', {
    limits: { maxRequestPerSecond: 1_000, maxAssets: random.pick([2, 25]), maxSerialNumbers: 8 },
  });
  const titles = Array.from({ length: random.integer(2, 4) }, (_, i) => ({
    adamId: String(7_100_000_001 + i),
    name: `Chaos ${i + 1}`,
    bundleId: `org.example.chaos.app${i + 1}`,
  }));
  await stage.apple.text('POST', '/_control/titles', { titles });
  for (const { uId } of founded.locations) {
    const purchases = titles.map(({ adamId }) => ({
      adamId,
      quantity: Math.ceil(devices.length * (0.2 + 0.7 * random.next())),
    }));
    await stage.apple.text('POST', '/_control/purchases', { uId, purchases });
    await assignElsewhere(stage, random, uId, titles);
    await uploadToken(stage, uId);
  }
  const tokens = await firstSyncs(stage);
  const { value } = await stage.api.json<{ value: AppView[] }>('GET', '/api/apps?top=1000');
  return {
    locations: tokens.map(({ id, locationUid }) => ({ uId: locationUid, tokenId: id })),
    apps: value.map(({ id, adamId, locationUid }) => ({
      id,
      adamId,
      uId: locationUid,
      wishes: new Map(),
    })),
    titles,
    devices,
    fleet,
    groups,
    wishes: new WishLog(),
    revoked: new Set(),
  };
}

/** Written as enrolled ones would be: enrolling them for real makes keys, and no difference to licenses. */
async function writeDevices({ database, clock }: Stage, count: number): Promise<void> {
  const serialNumbers = Array.from(
    { length: count },
    (_, i) => `CHAOS${String(i + 1).padStart(5, '0')}`,
  );
  await database.query(
    `with known as (
       insert into directory.device (serial_number, created_at) select *, $2::timestamptz from unnest($1::text[]) returning id, serial_number)
     insert into devices.device (directory_device_id, serial_number, management_state, family, os_version, first_seen, last_check_in_at, created_at)
     select id, serial_number, 'managed', 'iPhone', '18.1', nextval('db.change_order'), $2, $2 from known`,
    [serialNumbers, new Date(clock.now)],
  );
}

async function devicesOf({ database }: Stage): Promise<readonly Device[]> {
  const { rows } = await database.query<Device>(
    `select id, directory_device_id as "directoryId", serial_number as "serialNumber"
     from devices.device order by serial_number`,
  );
  return rows;
}

async function makeGroups(
  stage: Stage,
  random: Random,
  devices: readonly Device[],
): Promise<Group[]> {
  const count = random.integer(2, 4);
  const groups: Group[] = [];
  for (let i = 0; i < count; i += 1) {
    const share = random.integer(2, Math.min(18, devices.length));
    const members = random.sample(devices, share);
    const { id } = await stage.api.json<{ id: string }>('POST', '/beta/groups', {
      displayName: `Group ${i + 1}`,
      mailEnabled: false,
      mailNickname: `group${i + 1}`,
      securityEnabled: true,
      'members@odata.bind': members.map((device) => referenceTo(device)),
    });
    groups.push({ id, members: new Set(members.map((device) => device.serialNumber)) });
  }
  return groups;
}

/** Graph's reference to a device of the directory. */
export function referenceTo(device: Device): string {
  return `https://graph.microsoft.com/beta/directoryObjects/${device.directoryId}`;
}

/** A second manager has given out a few licenses before we came. */
async function assignElsewhere(
  stage: Stage,
  random: Random,
  uId: string,
  titles: readonly { adamId: string }[],
): Promise<void> {
  const { adamId } = random.pick(titles);
  const serialNumbers = random.sample(['OTHER00001', 'CHAOS00001', 'CHAOS00002'], 2);
  await stage.apple.text('POST', '/_control/assignments', {
    uId,
    assignments: [{ adamId, serialNumbers }],
  });
}

async function uploadToken(stage: Stage, uId: string): Promise<void> {
  await stage.api.text('POST', '/beta/deviceAppManagement/vppTokens', {
    '@odata.type': '#microsoft.graph.vppToken',
    displayName: `Token of ${uId}`,
    appleId: 'apps@chaos.example.org',
    vppTokenAccountType: 'business',
    countryOrRegion: 'us',
    automaticallyUpdateApps: false,
    dataSharingConsentGranted: true,
    token: await stage.apple.text('POST', '/_control/tokens', { uId }),
  });
}

async function firstSyncs(stage: Stage): Promise<readonly TokenView[]> {
  for (let ticks = 0; ticks < 400; ticks += 1) {
    const { value } = await stage.api.json<{ value: TokenView[] }>('GET', '/api/tokens');
    if (value.every((token) => token.lastSyncStatus === 'completed')) return value;
    await stage.tick(1_000);
  }
  throw new Error('The first sync did not end.');
}
