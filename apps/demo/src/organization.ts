import { device, people } from './traits.ts';

/** One order in the store: licenses of a title; without a quantity it is unlimited. */
export interface Order {
  readonly adamId: string;
  readonly quantity?: number;
}

export type DeviceFamily = 'iPhone' | 'iPad' | 'Mac';

/** A device with what its owner is like. */
export interface DemoDevice {
  readonly serialNumber: string;
  readonly name: string;
  readonly family: DeviceFamily;
  readonly osVersion: string;
  readonly supervised: boolean;
  readonly personName: string | undefined;
  /** Says no to every prompt. */
  readonly declines: boolean;
  /** Locked when the story begins; unlocked a little later. */
  readonly lockedAtFirst: boolean;
  /** Has the first assigned app already, installed by its person. */
  readonly ownCopyOf: string | undefined;
}

export interface DemoGroup {
  readonly name: string;
  readonly people: readonly string[];
  readonly serialNumbers: readonly string[];
  readonly apps: readonly string[];
}

/** What an organization changes once everything is installed. */
export interface SecondChapter {
  /** These people are invited, and get an app and a book by licenses of their own. */
  readonly people: readonly string[];
  readonly group: string;
  readonly app: string;
  readonly book: string;
  /** An app that nobody needs any more. */
  readonly dropped: string;
}

export interface DemoOrganization {
  readonly name: string;
  readonly kind: 'school' | 'business';
  readonly domain: string;
  readonly tokenName: string;
  readonly orders: readonly Order[];
  readonly people: readonly { readonly name: string; readonly department: string }[];
  readonly devices: readonly DemoDevice[];
  readonly groups: readonly DemoGroup[];
  /** Licenses that another product assigned before us: to serials, by title. */
  readonly foreign: readonly {
    readonly adamId: string;
    readonly serialNumbers: readonly string[];
  }[];
  readonly second?: SecondChapter;
}

const school = {
  pages: '361309726',
  keynote: '361285480',
  numbers: '361304891',
  classroom: '924620788',
  playground: '908519492',
  khan: '469863705',
  duolingo: '570060128',
  notability: '360593530',
  goodnotes: '1444383602',
  procreate: '425073498',
  minecraft: '479516143',
  hallPass: '6900000001',
  busRoutes: '6900000002',
  lunch: '6900000003',
  zoom: '546505307',
  garageBand: '408709785',
  iMovie: '377298193',
  macPages: '409201541',
} as const;

const company = {
  word: '586447913',
  excel: '586683407',
  outlook: '951937596',
  teams: '1113153706',
  slack: '618783545',
  zoom: '546505307',
  fieldService: '6900000005',
  warehouse: '6900000006',
  expenses: '6900000007',
  safety: '6900000009',
  okta: '490179405',
  bitwarden: '1137397744',
  book: '1900000007',
} as const;

/** So many people of the company are invited in the second chapter. */
const travelers = 8;

function serials(list: readonly DemoDevice[]): string[] {
  return list.map((one) => one.serialNumber);
}

/** The school district: three quarters of the devices. */
export function schoolDistrict(devices: number): DemoOrganization {
  const staff = people(35, 0, ['Teaching', 'Administration', 'Library']);
  const personal = Math.min(staff.length, Math.max(1, Math.floor(devices / 6)));
  const macs = Math.floor(devices / 25);
  const pads = Math.max(0, devices - personal - macs);
  const padList = Array.from({ length: pads }, (_, i) =>
    device('LAKE', i, 'iPad', undefined, school.khan),
  );
  const phoneList = Array.from({ length: personal }, (_, i) =>
    device('LAKF', i, i % 2 === 0 ? 'iPhone' : 'iPad', staff[i]?.name, school.zoom),
  );
  const macList = Array.from({ length: macs }, (_, i) =>
    device('LAKM', i, 'Mac', undefined, undefined),
  );
  const half = Math.ceil(padList.length / 2);
  return {
    name: 'Lakeside School District',
    kind: 'school',
    domain: 'lakeside.example.org',
    tokenName: 'Lakeside schools',
    orders: [
      { adamId: school.pages },
      { adamId: school.keynote },
      { adamId: school.numbers },
      { adamId: school.classroom },
      { adamId: school.playground },
      { adamId: school.khan },
      { adamId: school.duolingo, quantity: 500 },
      { adamId: school.notability, quantity: 250 },
      { adamId: school.goodnotes, quantity: 120 },
      // Fewer than there are iPads in grade 5: somebody waits.
      { adamId: school.procreate, quantity: Math.max(1, Math.floor(half * 0.6)) },
      { adamId: school.minecraft, quantity: 60 },
      { adamId: school.hallPass, quantity: 300 },
      { adamId: school.busRoutes, quantity: 100 },
      { adamId: school.lunch, quantity: 40 },
      { adamId: school.zoom, quantity: 80 },
      { adamId: school.garageBand },
      { adamId: school.iMovie },
      { adamId: school.macPages, quantity: 50 },
      { adamId: '1900000001', quantity: 120 },
      { adamId: '1900000003', quantity: 60 },
      { adamId: '1900000006', quantity: 30 },
    ],
    people: staff,
    devices: [...padList, ...phoneList, ...macList],
    groups: [
      {
        name: 'Grade 5 iPads',
        people: [],
        serialNumbers: serials(padList.slice(0, half)),
        apps: [
          school.pages,
          school.keynote,
          school.khan,
          school.notability,
          school.procreate,
          school.playground,
        ],
      },
      {
        name: 'Grade 6 iPads',
        people: [],
        serialNumbers: serials(padList.slice(half)),
        apps: [school.pages, school.keynote, school.khan, school.duolingo],
      },
      {
        name: 'Teachers',
        people: staff.slice(0, personal).map((one) => one.name),
        serialNumbers: [],
        apps: [school.hallPass, school.zoom, school.classroom],
      },
      { name: 'Lab Macs', people: [], serialNumbers: serials(macList), apps: [school.macPages] },
      {
        name: 'Staff without a device yet',
        people: staff.slice(personal).map((one) => one.name),
        serialNumbers: [],
        apps: [school.busRoutes],
      },
    ],
    foreign: [
      // One of them will be ours too: the pair is found, and needs no second license.
      {
        adamId: school.notability,
        serialNumbers: ['FORMERMDM01', 'FORMERMDM02', ...serials(padList.slice(0, 1))],
      },
      { adamId: school.duolingo, serialNumbers: ['FORMERMDM01', 'FORMERMDM03'] },
    ],
  };
}

/** The company: the other quarter. */
export function logisticsCompany(devices: number): DemoOrganization {
  const staff = people(25, 35, ['Driving', 'Warehouse', 'Office']);
  const personal = Math.min(staff.length, Math.ceil(devices / 2));
  const phones = Array.from({ length: personal }, (_, i) =>
    device('HARB', i, 'iPhone', staff[i]?.name, company.slack),
  );
  const shared = Array.from({ length: Math.max(0, devices - personal) }, (_, i) =>
    device('HARC', i, i % 4 === 0 ? 'iPad' : 'iPhone', undefined, company.safety),
  );
  const names = phones.map((one) => one.personName ?? '');
  const traveling = phones
    .filter((one) => !one.declines)
    .slice(0, travelers)
    .flatMap((one) => one.personName ?? []);
  return {
    name: 'Harbor Logistics',
    kind: 'business',
    domain: 'harbor.example.com',
    tokenName: 'Harbor headquarters',
    orders: [
      { adamId: company.word },
      { adamId: company.excel },
      { adamId: company.outlook },
      { adamId: company.teams },
      { adamId: company.slack, quantity: 100 },
      { adamId: company.zoom, quantity: 40 },
      { adamId: company.fieldService, quantity: 30 },
      { adamId: company.warehouse, quantity: 60 },
      { adamId: company.expenses, quantity: 50 },
      { adamId: company.safety, quantity: 80 },
      { adamId: company.okta },
      { adamId: company.bitwarden },
      { adamId: company.book, quantity: 25 },
      { adamId: '1900000005', quantity: 10 },
      { adamId: '1900000008', quantity: 5 },
    ],
    people: staff,
    devices: [...phones, ...shared],
    groups: [
      {
        name: 'Drivers',
        people: names.slice(0, Math.ceil(names.length / 2)),
        serialNumbers: [],
        apps: [company.fieldService, company.slack, company.outlook],
      },
      {
        name: 'Office',
        people: names.slice(Math.ceil(names.length / 2)),
        serialNumbers: [],
        apps: [company.word, company.teams, company.slack, company.expenses],
      },
      {
        name: 'Warehouse floor',
        people: [],
        serialNumbers: shared.map((one) => one.serialNumber),
        apps: [company.warehouse, company.safety, company.zoom],
      },
      { name: 'Travelers', people: traveling, serialNumbers: [], apps: [] },
    ],
    second: {
      people: traveling,
      group: 'Travelers',
      app: company.bitwarden,
      book: company.book,
      dropped: company.zoom,
    },
    foreign: [{ adamId: company.slack, serialNumbers: ['OLDFLEET01', 'OLDFLEET02', 'OLDFLEET03'] }],
  };
}
