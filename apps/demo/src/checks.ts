import type { AppRow, TokenRow } from './allotment.ts';
import type { AppleTitle, SimulatedDevice } from './apple.ts';
import type { DemoDevice, DemoOrganization } from './organization.ts';
import { unfinished } from './second-chapter.ts';
import { type Scene, type Told, findApp, total } from './scene.ts';
import { groupsByApp } from './story.ts';
import type { TrafficReport } from './traffic.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen, when it is not ok. */
  readonly saw?: string;
}

/** The contract's last line of stdout. */
export interface Report {
  readonly tokens: number;
  readonly assets: number;
  readonly licenses: { readonly owned: number; readonly held: number; readonly waiting: number };
  readonly devices: {
    readonly enrolled: number;
    readonly installed: number;
    readonly failed: number;
  };
  readonly apple: { readonly associateRequests: number; readonly pairs: number };
  /** Messages that were compared with Apple's schema files; null where those are not there. */
  readonly mdm: TrafficReport | null;
  readonly seconds: number;
  readonly checks: readonly Check[];
}

/** What a device should have at the end, worked out from the organization alone. */
interface Expected {
  readonly organization: DemoOrganization;
  readonly device: DemoDevice;
  readonly title: AppleTitle;
}

/** Looks at both sides, Allotment's and Apple's, and compares them with what the organization wants. */
export async function report(
  scene: Scene,
  told: Told,
  startedAt: number,
  kills: number,
  mdm: TrafficReport | undefined,
): Promise<Report> {
  const { allotment, apple, organizations } = scene;
  const [tokens, apps, counters, devices] = [
    await allotment.tokens(),
    await allotment.apps(),
    await apple.counters(),
    await apple.devices(),
  ];
  const bySerial = new Map(devices.map((device) => [device.serialNumber, device]));
  const expected = expectations(organizations, told.titles);
  const scarce = new Set(
    apps.filter((app) => app.waiting > 0).map((app) => `${app.tokenId}:${app.adamId}`),
  );
  const tokenIds = new Map(tokens.map((token) => [token.displayName, token.id]));
  const isScarce = (one: Expected): boolean =>
    scarce.has(`${tokenIds.get(one.organization.tokenName) ?? ''}:${one.title.adamId}`);
  const entitled = expected.filter((one) => !isScarce(one));
  const plain = entitled.filter((one) => !one.device.declines);
  const missing = plain.filter((one) => !hasManaged(bySerial, one));
  const assets = Object.values(counters.locations).flatMap((location) => location.assets);
  const overtaken = assets.filter(
    (asset) => !asset.unlimited && asset.total !== null && asset.maximumAssigned > asset.total,
  );
  const open = organizations.flatMap((organization) => unfinished(organization, told, devices));
  const unequal = await unequalAssets(scene, told, tokens, apps);
  const complete = devices.filter(
    (device) =>
      device.enrolled &&
      entitled.every(
        (one) => one.device.serialNumber !== device.serialNumber || hasManaged(bySerial, one),
      ),
  );
  const checks: Check[] = [
    check(
      'every token is valid and synced',
      tokens.length === organizations.length && tokens.every((token) => token.state === 'valid'),
      tokens.map((token) => token.state),
    ),
    check(
      'Apple sends notifications',
      tokens.every(
        (token) =>
          token.location.notifications === 'on' && token.location.lastNotificationDateTime !== null,
      ),
      tokens.map((token) => token.location),
    ),
    check(
      'every app has its name from the catalog',
      apps.every((app) => app.name !== app.adamId),
      apps.filter((app) => app.name === app.adamId).map((app) => app.adamId),
    ),
    check(
      'every device is enrolled',
      devices.every((device) => device.enrolled),
      devices.filter((device) => !device.enrolled).map((device) => device.serialNumber),
    ),
    check(
      'every device that can install has its apps Managed',
      plain.length > 0 && missing.length === 0,
      missing.map((one) => `${one.device.serialNumber} ${one.title.name}`),
    ),
    check(
      'people who were invited have their app and their book, and what nobody needs any more is gone',
      open.length === 0,
      open,
    ),
    check('Apple’s assigned count never passed its total', overtaken.length === 0, overtaken),
    check('Apple’s assigned count equals held plus foreign', unequal.length === 0, unequal),
    check(
      'what others had assigned is still there',
      foreignStay(organizations, told, counters.locations),
      organizations.map((one) => one.foreign),
    ),
    check(
      'scarce licenses are all in use and the rest waits',
      scarceUsed(apps),
      apps.filter((app) => app.waiting > 0),
    ),
    check(
      'no pair was sent to Apple twice',
      kills > 0 || (counters.total['repeatedPairs'] ?? 0) === 0,
      counters.total,
    ),
    ...(mdm === undefined
      ? []
      : [
          check(
            'every message of and to devices is as Apple describes it',
            mdm.commands > 0 && mdm.departures.length === 0,
            mdm,
          ),
        ]),
  ];
  return {
    tokens: tokens.length,
    assets: assets.length,
    licenses: {
      owned: apps.reduce((sum, app) => sum + (app.owned ?? 0), 0),
      held: total(apps, 'held'),
      waiting: total(apps, 'waiting'),
    },
    devices: {
      enrolled: devices.filter((device) => device.enrolled).length,
      installed: complete.length,
      failed: devices.length - complete.length,
    },
    apple: {
      associateRequests: counters.total['associateRequests'] ?? 0,
      pairs: counters.total['pairs'] ?? 0,
    },
    mdm: mdm ?? null,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    checks,
  };
}

function check(name: string, ok: boolean, saw: unknown): Check {
  return ok ? { name, ok } : { name, ok, saw: JSON.stringify(saw).slice(0, 1000) };
}

function expectations(
  organizations: readonly DemoOrganization[],
  titles: ReadonlyMap<string, AppleTitle>,
): readonly Expected[] {
  return organizations.flatMap((organization) =>
    [...groupsByApp(organization)].flatMap(([adamId, groupNames]) => {
      if (adamId === organization.second?.dropped) return [];
      const title = titles.get(adamId);
      if (title === undefined)
        throw new Error(`The catalog of Apple in a box has no title ${adamId}.`);
      const groups = organization.groups.filter((group) => groupNames.includes(group.name));
      return organization.devices
        .filter((device) =>
          groups.some(
            (group) =>
              group.serialNumbers.includes(device.serialNumber) ||
              (device.personName !== undefined && group.people.includes(device.personName)),
          ),
        )
        .filter((device) => runsOn(title, device))
        .map((device) => ({ organization, device, title }));
    }),
  );
}

/** Said apart from the program's own rule, on purpose: a mistake there must show here. */
function runsOn(title: AppleTitle, device: DemoDevice): boolean {
  const family = device.family.toLowerCase();
  if (family === 'mac') return title.families.includes('mac') && title.platforms.includes('macOS');
  const fits =
    title.families.includes(family) || (family === 'ipad' && title.families.includes('iphone'));
  return fits && versionNumber(device.osVersion) >= versionNumber(title.minimumOsVersion);
}

function versionNumber(version: string): number {
  return version.split('.').reduce((sum, part, i) => sum + Number(part) / 1000 ** i, 0);
}

function hasManaged(devices: ReadonlyMap<string, SimulatedDevice>, one: Expected): boolean {
  const apps = devices.get(one.device.serialNumber)?.apps ?? [];
  return apps.some(
    (app) => app.bundleId === one.title.bundleId && app.state === 'Managed' && app.managed,
  );
}

async function unequalAssets(
  { apple, organizations }: Scene,
  told: Told,
  tokens: readonly TokenRow[],
  apps: readonly AppRow[],
): Promise<readonly string[]> {
  const { locations } = await apple.counters();
  return organizations.flatMap((organization) => {
    const tokenId = tokens.find((token) => token.displayName === organization.tokenName)?.id;
    const assets = locations[told.uIds.get(organization.tokenName) ?? '']?.assets ?? [];
    return assets
      .filter((asset) => asset.productType === 'App')
      .flatMap((asset) => {
        const app = findApp(apps, tokenId, asset.adamId);
        return app.held + app.foreign === asset.assigned
          ? []
          : [`${app.name}: ${app.held} held + ${app.foreign} foreign ≠ ${asset.assigned} at Apple`];
      });
  });
}

function foreignStay(
  organizations: readonly DemoOrganization[],
  told: Told,
  locations: Readonly<
    Record<string, { readonly assets: readonly { adamId: string; assigned: number }[] }>
  >,
): boolean {
  return organizations.every((organization) =>
    organization.foreign.every((foreign) => {
      const asset = locations[told.uIds.get(organization.tokenName) ?? '']?.assets.find(
        (one) => one.adamId === foreign.adamId,
      );
      return asset !== undefined && asset.assigned >= foreign.serialNumbers.length;
    }),
  );
}

function scarceUsed(apps: readonly AppRow[]): boolean {
  const scarce = apps.filter((app) => app.waiting > 0);
  return scarce.length > 0 && scarce.every((app) => app.held + app.foreign === app.owned);
}
