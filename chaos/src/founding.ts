import { enrollFleet } from './fleet.ts';
import {
  type Device,
  type Group,
  type Organization,
  type Person,
  referenceTo,
} from './organization.ts';
import { OwnerLog } from './owners.ts';
import { handOver, hirePeople, strangers } from './people.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';
import { type TokenView, readApps, readTokens, uploadToken } from './tokens.ts';
import { WishLog } from './wishes.ts';

/** Founds an organization at Apple and at the server: scarce titles, devices and people in groups, nothing assigned yet. */
export async function foundOrganization(stage: Stage, random: Random): Promise<Organization> {
  const names = ['North', 'South'].slice(0, random.chance(0.4) ? 2 : 1);
  const founded = await stage.apple.json<{
    organizationId: string;
    locations: { uId: string }[];
  }>('POST', '/_control/organizations', {
    name: 'Chaos',
    locations: names.map((name) => ({ name })),
  });
  const people = await hirePeople(stage, random, founded.organizationId);
  const serialNumbers = await enrollFleet(stage, random);
  await writeDevices(stage, random.integer(10, 25));
  const devices = await devicesOf(stage);
  const titles = await buy(stage, random, founded.locations, devices.length);
  const tokens = await firstSyncs(stage);
  const organization: Organization = {
    locations: tokens.map(({ id, locationUid }) => ({
      uId: locationUid,
      tokenId: id,
      silences: [],
    })),
    apps: await readApps(stage),
    titles,
    people,
    devices,
    fleet: devices.filter((device) => serialNumbers.includes(device.serialNumber)),
    groups: await makeGroups(stage, random, devices, people),
    wishes: new WishLog(),
    owners: new OwnerLog(),
    keepsApps: new Set(),
    clientUserIds: new Map(),
  };
  await giveDevices(stage, organization, random);
  return organization;
}

/** Scarce titles, and the token of each location uploaded. */
async function buy(
  stage: Stage,
  random: Random,
  locations: readonly { readonly uId: string }[],
  devices: number,
): Promise<Organization['titles']> {
  await stage.apple.text('POST', '/_control/settings', {
    limits: {
      maxRequestPerSecond: 1_000,
      maxAssets: random.pick([2, 25]),
      maxSerialNumbers: 8,
      maxClientUserIds: random.pick([2, 8]),
      maxUsers: random.pick([2, 25]),
    },
  });
  const titles = Array.from({ length: random.integer(2, 4) }, (_, i) => ({
    adamId: String(7_100_000_001 + i),
    name: `Chaos ${i + 1}`,
    bundleId: `org.example.chaos.app${i + 1}`,
  }));
  await stage.apple.text('POST', '/_control/titles', { titles });
  for (const { uId } of locations) {
    const purchases = titles.map(({ adamId }) => ({
      adamId,
      quantity: Math.ceil(devices * (0.2 + 0.7 * random.next())),
    }));
    await stage.apple.text('POST', '/_control/purchases', { uId, purchases });
    await assignElsewhere(stage, random, uId, titles);
    await uploadToken(stage, uId);
  }
  return titles;
}

/** Some devices are somebody's: one or more of each person's. */
async function giveDevices(
  stage: Stage,
  organization: Organization,
  random: Random,
): Promise<void> {
  const { people, devices } = organization;
  const free = random.sample(devices, devices.length);
  for (const person of people)
    for (const device of free.splice(0, random.pick([1, 1, 1, 2, 3])))
      await handOver(stage, organization, device, person);
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
     select id, serial_number, 'managed', case when right(serial_number, 1) < '6' then 'iPhone' else 'iPad' end, '18.1', nextval('db.change_order'), $2, $2 from known`,
    [serialNumbers, new Date(clock.now)],
  );
}

async function devicesOf({ database }: Stage): Promise<readonly Device[]> {
  const { rows } = await database.query<Omit<Device, 'owner'>>(
    `select id, directory_device_id as "directoryId", serial_number as "serialNumber"
     from devices.device order by serial_number`,
  );
  return rows.map((row) => ({ ...row, owner: undefined }));
}

async function makeGroups(
  stage: Stage,
  random: Random,
  devices: readonly Device[],
  people: readonly Person[],
): Promise<Group[]> {
  const drawn = Array.from({ length: random.integer(2, 4) }, () =>
    random.sample(devices, random.integer(2, Math.min(18, devices.length))),
  );
  const ofPeople = Array.from({ length: people.length === 0 ? 0 : random.integer(1, 2) }, () =>
    random.sample(people, random.integer(1, people.length)),
  );
  const groups: Group[] = [];
  for (const members of drawn)
    groups.push({
      id: await makeGroup(
        stage,
        members.map((device) => device.directoryId),
      ),
      of: 'devices',
      members: new Set(members.map((device) => device.serialNumber)),
    });
  for (const members of ofPeople) {
    const ids = members.map((person) => person.id);
    groups.push({ id: await makeGroup(stage, ids), of: 'people', members: new Set(ids) });
  }
  return groups;
}

async function makeGroup({ api }: Stage, members: readonly string[]): Promise<string> {
  const { id } = await api.json<{ id: string }>('POST', '/beta/groups', {
    displayName: 'Chaos',
    mailEnabled: false,
    mailNickname: 'chaos',
    securityEnabled: true,
    'members@odata.bind': members.map((member) => referenceTo(member)),
  });
  return id;
}

/** A second manager has given out a few licenses before we came, one of them to a user of its own. */
async function assignElsewhere(
  stage: Stage,
  random: Random,
  uId: string,
  titles: readonly { adamId: string }[],
): Promise<void> {
  const { adamId } = random.pick(titles);
  const serialNumbers = random.sample(['OTHER00001', 'CHAOS00001', 'CHAOS00002'], 2);
  const users = [{ clientUserId: `${strangers}${uId}` }];
  await stage.apple.text('POST', '/_control/users', { uId, users });
  await stage.apple.text('POST', '/_control/assignments', {
    uId,
    assignments: [
      { adamId, serialNumbers, clientUserIds: users.map(({ clientUserId }) => clientUserId) },
    ],
  });
}

async function firstSyncs(stage: Stage): Promise<readonly TokenView[]> {
  for (let ticks = 0; ticks < 400; ticks += 1) {
    const tokens = await readTokens(stage);
    if (tokens.every((token) => token.lastSyncStatus === 'completed')) return tokens;
    await stage.tick(1_000);
  }
  throw new Error('The first sync did not end.');
}
