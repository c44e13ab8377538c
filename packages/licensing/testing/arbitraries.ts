import * as fc from 'fast-check';
import { type Departure, type Graces, departureReasons, graceReasons } from '../src/index.ts';
import type {
  App,
  Asset,
  Assignment,
  Device,
  Group,
  InstallRequest,
  Organization,
  Person,
} from './organization.ts';
import { bookId, moment, past, rarely, someOf } from './past.ts';

/** How large a random organization is. Small ones find the same mistakes, sooner. */
export interface Sizes {
  readonly groups: number;
  readonly people: number;
  readonly devices: number;
  readonly assignments: number;
}

const small: Sizes = { groups: 5, people: 4, devices: 6, assignments: 8 };

/**
 * Random organizations as the product lets them come about: groups nested in circles, deleted groups, people who left,
 * devices of all kinds, a title bought twice, an asset on two platforms, a book, and licenses from before.
 */
export function anOrganization(sizes: Sizes = small): fc.Arbitrary<Organization> {
  const groupIds = ids('group', sizes.groups);
  const personIds = ids('person', sizes.people);
  const deviceIds = ids('device', sizes.devices);
  return fc
    .record({
      now: fc.constant(moment(0)),
      graces,
      devicesPerPerson: fc.integer({ min: 1, max: 3 }),
      groups: fc.tuple(...groupIds.map((id) => group(id, groupIds, personIds, deviceIds))),
      people: fc.tuple(...personIds.map(person)),
      devices: fc.tuple(...deviceIds.map((id) => device(id, personIds))),
      assets,
      apps: fc.constant(apps),
      assignments: assignments(groupIds, sizes.assignments),
    })
    .chain((present) =>
      fc
        .record({ requests: requests(present), past: past(present) })
        .map(({ requests, past }) => ({ ...present, requests, ...past })),
    );
}

/** Two assets of one title, the second on two platforms, one of another title under two tokens, and a book. */
const apps: readonly App[] = [
  { id: 'app0', assetId: 'asset0', platform: 'ios' },
  { id: 'app1', assetId: 'asset1', platform: 'ios' },
  { id: 'app2', assetId: 'asset1', platform: 'macos' },
  { id: 'app3', assetId: 'asset2', platform: 'ios' },
  { id: 'app4', assetId: 'asset2', platform: 'ios' },
  { id: 'app5', assetId: bookId, platform: 'book' },
];

const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

const graces: fc.Arbitrary<Graces> = fc
  .tuple(...graceReasons.map(() => fc.constantFrom(0, 0, 60)))
  .map((minutes) =>
    Object.fromEntries(graceReasons.map((reason, i) => [reason, minutes[i] ?? 0])),
  ) as fc.Arbitrary<Graces>;

function group(
  id: string,
  groupIds: readonly string[],
  personIds: readonly string[],
  deviceIds: readonly string[],
): fc.Arbitrary<Group> {
  return fc.record({
    id: fc.constant(id),
    deleted: rarely,
    personIds: someOf(personIds, 2),
    deviceIds: someOf(deviceIds, 2),
    groupIds: someOf(
      groupIds.filter((other) => other !== id),
      2,
    ),
  });
}

const person = (id: string): fc.Arbitrary<Person> =>
  fc.record({
    id: fc.constant(id),
    deleted: rarely,
    managedAccount: fc.boolean(),
    departed: fc.option(departed, { nil: undefined }),
  });

/** What is noted of a person; that a device is silent is known of the device. The orders differ: even here, odd there. */
const departed: fc.Arbitrary<Departure> = fc.record({
  as: fc.constantFrom(
    ...(Object.keys(departureReasons) as Departure['as'][]).filter((as) => as !== 'silent'),
  ),
  order: fc.nat(9).map((n) => 2 * n),
});

const device = (id: string, personIds: readonly string[]): fc.Arbitrary<Device> =>
  fc
    .record({ known: knownDevice(id, personIds), expected: rarely })
    .map(({ known, expected }) => (expected ? { ...known, ...unknown } : known));

/** What a device is before it has enrolled. */
const unknown = {
  expected: true,
  personId: null,
  managed: false,
  silent: false,
  family: null,
  osVersion: null,
  userEnrollment: false,
  shared: false,
  userChannel: false,
  lastCheckInAt: null,
} as const satisfies Partial<Device>;

const knownDevice = (id: string, personIds: readonly string[]): fc.Arbitrary<Device> =>
  fc.record({
    id: fc.constant(id),
    personId: fc.option(fc.constantFrom(...personIds), { freq: 4 }),
    managed: rarely.map((gone) => !gone),
    silent: rarely,
    silentOrder: fc.nat(9).map((n) => 2 * n + 1),
    expected: fc.constant(false),
    family: fc.constantFrom('iPhone', 'iPhone', 'iPad', 'Mac', null),
    osVersion: fc.constantFrom('16.7', '18.1', null),
    userEnrollment: rarely,
    shared: rarely,
    userChannel: fc.boolean(),
    lastCheckInAt: fc.option(fc.integer({ min: -500, max: -1 }).map(moment), { freq: 4 }),
  });

/** What the catalog says of a title. */
const title = fc.record({
  deviceFamilies: fc.constantFrom([], ['iphone', 'ipad'], ['ipad']),
  minimumOsVersion: fc.constantFrom(null, '17.0'),
});
/** What Apple says of an asset. */
const traits = fc.record({
  revocable: fc.constant(true),
  supportedPlatforms: fc.constantFrom(['iOS'], ['iOS', 'macOS'], []),
  deviceAssignable: rarely.map((not) => !not),
});

const assets: fc.Arbitrary<readonly Asset[]> = fc
  .tuple(title, title, traits, traits, traits)
  .map(([title0, title1, traits0, traits1, traits2]) => [
    { id: 'asset0', adamId: 'title0', ...title0, ...traits0 },
    { id: 'asset1', adamId: 'title0', ...title0, ...traits1 },
    { id: 'asset2', adamId: 'title1', ...title1, ...traits2 },
    {
      id: bookId,
      adamId: 'title2',
      revocable: false,
      supportedPlatforms: [],
      deviceFamilies: [],
      minimumOsVersion: null,
      deviceAssignable: false,
    },
  ]);

/** What may be named once only. */
const targetOf = ({ app, target, groupId }: Wish): string =>
  `${app.id} ${target.startsWith('all') && app.platform !== 'book' ? target : groupId}`;

/** Wishes that make sense, one an app and target. */
function assignments(groupIds: readonly string[], maxLength: number): fc.Arbitrary<Assignment[]> {
  const one = fc.record({
    app: fc.constantFrom(...apps),
    target: fc.constantFrom('group', 'group', 'group', 'exclusionGroup', 'allUsers', 'allDevices'),
    groupId: fc.constantFrom(...groupIds),
    intent: fc.constantFrom('required', 'required', 'available', 'uninstall'),
    licenseType: fc.constantFrom('device', 'user'),
    priority: fc.integer({ min: 0, max: 2 }),
    onUnassign: fc.constantFrom('reclaimAndRemove', 'reclaimAndRemove', 'reclaim', 'keep'),
    licensesAhead: fc.constantFrom(false, false, true),
  } as const);
  return fc
    .uniqueArray(one, { maxLength, selector: targetOf })
    .map((wishes) => wishes.map(sensible));
}

type Wish = Omit<Assignment, 'appId' | 'position'> & { readonly app: App };

/** As far as it can be saved: a book goes to groups of people as a user license, and devices ask for nothing. */
function sensible({ app, ...wish }: Wish, position: number): Assignment {
  const isBook = app.platform === 'book';
  const target = isBook && wish.target.startsWith('all') ? 'group' : wish.target;
  const misplaced =
    (wish.intent === 'uninstall' && isBook) ||
    (wish.intent === 'available' && target === 'allDevices');
  const intent = misplaced ? 'required' : wish.intent;
  return {
    ...wish,
    appId: app.id,
    position,
    target,
    intent,
    groupId: target.startsWith('all') ? null : wish.groupId,
    licenseType: isBook ? 'user' : wish.licenseType,
    licensesAhead: wish.licensesAhead && intent !== 'uninstall' && target !== 'exclusionGroup',
  };
}

/** People ask on their own devices, for apps and books. */
function requests({
  devices,
}: Pick<Organization, 'devices'>): fc.Arbitrary<readonly InstallRequest[]> {
  const possible = devices.flatMap(({ id, personId }) =>
    personId === null
      ? []
      : apps.map((app): InstallRequest => ({ appId: app.id, deviceId: id, personId })),
  );
  return someOf(possible, 4);
}
