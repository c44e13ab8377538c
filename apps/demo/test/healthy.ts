import type { AppRow, TokenRow } from '../src/allotment.ts';
import type { AppleAsset, AppleTitle, SimulatedDevice } from '../src/apple.ts';
import type { DemoDevice, DemoOrganization } from '../src/organization.ts';
import { type Seen, licenseName } from '../src/seen.ts';

const uId = 'uid-1';
const [tokenId, tokenName] = ['token-1', 'Somewhere'];

/** For everybody; of the scarce one there are two licenses for three devices; one that nobody needs any more. */
export const adamIds = {
  plenty: '1',
  scarce: '2',
  dropped: '3',
  invited: '4',
  book: '5',
} as const;
const names: Readonly<Record<string, string>> = {
  [adamIds.plenty]: 'Plenty',
  [adamIds.scarce]: 'Scarce',
  [adamIds.dropped]: 'Dropped',
  [adamIds.invited]: 'Invited',
  [adamIds.book]: 'Book',
};

/** Two devices have a license of the scarce app, the third waits; the first belongs to a person who was invited. */
export const [first, second, waiting] = ['DEVICE1', 'DEVICE2', 'DEVICE3'] as const;
export const foreignDevice = 'FOREIGN1';

const bundleIdOf = (adamId: string): string => `com.example.app${adamId}`;

const deviceNamed = (serialNumber: string, personName?: string): DemoDevice => ({
  serialNumber,
  name: serialNumber,
  family: 'iPad',
  osVersion: '18.1',
  supervised: true,
  personName,
  declines: false,
  lockedAtFirst: false,
  ownCopyOf: undefined,
});

const organization: DemoOrganization = {
  name: 'Somewhere',
  kind: 'school',
  domain: 'somewhere.example.org',
  tokenName,
  orders: [],
  people: [{ name: 'Ada Alder', department: 'Teaching' }],
  devices: [deviceNamed(first, 'Ada Alder'), deviceNamed(second), deviceNamed(waiting)],
  groups: [
    {
      name: 'All',
      people: [],
      serialNumbers: [first, second, waiting],
      apps: [adamIds.plenty, adamIds.scarce, adamIds.dropped],
    },
    { name: 'Travelers', people: ['Ada Alder'], serialNumbers: [], apps: [] },
  ],
  foreign: [{ adamId: adamIds.plenty, serialNumbers: [foreignDevice] }],
  second: {
    people: ['Ada Alder'],
    group: 'Travelers',
    app: adamIds.invited,
    book: adamIds.book,
    dropped: adamIds.dropped,
  },
};

const title = (adamId: string): AppleTitle => ({
  adamId,
  bundleId: bundleIdOf(adamId),
  name: names[adamId] ?? '',
  platforms: ['iOS'],
  families: ['iphone', 'ipad'],
  minimumOsVersion: '16.0',
});

const row = (adamId: string, counts: Partial<AppRow>): AppRow => ({
  id: `title-${adamId}`,
  tokenId,
  adamId,
  platform: 'ios',
  pricingParam: 'STDQ',
  name: names[adamId] ?? '',
  owned: 10,
  held: 0,
  changing: 0,
  found: 0,
  waiting: 0,
  foreign: 0,
  installed: 0,
  failed: 0,
  pending: 0,
  ...counts,
});

const asset = (adamId: string, assigned: number, total = 10): AppleAsset => ({
  adamId,
  pricingParam: 'STDQ',
  productType: adamId === adamIds.book ? 'Book' : 'App',
  unlimited: false,
  total,
  assigned,
  maximumAssigned: assigned,
});

const token: TokenRow = {
  id: tokenId,
  displayName: tokenName,
  locationUid: uId,
  state: 'valid',
  lastSyncStatus: 'completed',
  location: {
    notifications: 'on',
    lastNotificationDateTime: '2026-01-01T00:00:00Z',
    openChanges: 0,
    requestsInFlight: 0,
    brake: null,
  },
};

const simulated = (
  serialNumber: string,
  apps: readonly string[],
  book = false,
): SimulatedDevice => ({
  serialNumber,
  enrolled: true,
  apps: apps.map((adamId) => ({ bundleId: bundleIdOf(adamId), state: 'Managed', managed: true })),
  books: book ? [{ state: 'Installed' }] : [],
});

const { plenty, scarce, dropped, invited, book } = adamIds;

/** What both sides show when nothing went wrong, with a fault planted. */
export function healthy(planted: Partial<Seen> = {}): Seen {
  return {
    organizations: [organization],
    told: {
      titles: new Map(Object.values(adamIds).map((adamId) => [adamId, title(adamId)])),
      uIds: new Map([[tokenName, uId]]),
    },
    tokens: [token],
    apps: [
      row(plenty, { held: 3, foreign: 1, installed: 3 }),
      row(scarce, { owned: 2, held: 2, waiting: 1, installed: 2 }),
      row(dropped, {}),
      row(invited, { held: 1, installed: 1 }),
    ],
    books: [row(book, { held: 1 })],
    counters: {
      total: { associateRequests: 2, pairs: 7 },
      locations: {
        [uId]: {
          assets: [
            asset(plenty, 4),
            asset(scarce, 2, 2),
            asset(dropped, 0),
            asset(invited, 1),
            asset(book, 1),
          ],
        },
      },
    },
    licenses: new Set([
      ...[first, second, waiting, foreignDevice].map((one) => license(plenty, one)),
      ...[first, second].map((one) => license(scarce, one)),
      ...[invited, book].map((adamId) => license(adamId, 'person-1')),
    ]),
    devices: [
      simulated(first, [plenty, scarce, invited], true),
      simulated(second, [plenty, scarce]),
      simulated(waiting, [plenty]),
    ],
    mdm: { checkins: 3, commands: 9, answers: 9, departures: [] },
    ...planted,
  };
}

export const license = (adamId: string, holder: string): string => licenseName(uId, adamId, holder);

/** The devices of a state, one of them without an app or with one more. */
export function withApps(
  { devices }: Seen,
  serialNumber: string,
  adamIds: readonly string[],
): readonly SimulatedDevice[] {
  return devices.map((device) =>
    device.serialNumber === serialNumber
      ? { ...device, apps: simulated(serialNumber, adamIds).apps }
      : device,
  );
}

/** What Apple counted, with one asset changed. */
export function withAsset(
  { counters }: Seen,
  adamId: string,
  change: Partial<AppleAsset>,
): Seen['counters'] {
  const assets = counters.locations[uId]?.assets ?? [];
  const changed = assets.map((one) => (one.adamId === adamId ? { ...one, ...change } : one));
  return { ...counters, locations: { [uId]: { assets: changed } } };
}
