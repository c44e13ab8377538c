import type { Entity, Version } from '@allotment/graph-odata';
import type { Database } from '../../../db/connect.ts';
import { isGuid } from '../../../directory/index.ts';
import { Problem } from '../../../errors.ts';
import { type AppSummary, appSummaries } from '../../../status/index.ts';
import { dateTime, type EntitySet } from '../call.ts';
import { iosVppApp, macOsVppApp } from '../types.ts';

/** Int32's largest: Graph has no word for "as many as you like". */
const unlimited = 2_147_483_647;

const path = 'deviceAppManagement/mobileApps';
const sets: Readonly<Record<Version, EntitySet>> = {
  'v1.0': { path, types: [iosVppApp], pageSize: 1_000, alwaysCounts: true },
  beta: { path, types: [iosVppApp, macOsVppApp], pageSize: 1_000, alwaysCounts: true },
};

/** The apps of a version: v1.0 has none for macOS. */
export const mobileApps = (version: Version): EntitySet => sets[version];

/** Every app of every token that the version knows, by name. */
export async function readMobileApps(db: Database, version: Version): Promise<readonly Entity[]> {
  const { value } = await appSummaries(db);
  return value.filter((app) => isIn(version, app)).map((app) => toEntity(app, version));
}

/** The app with its icon. @throws Problem `appNotFound` */
export async function readMobileApp(db: Database, id: string, version: Version): Promise<Entity> {
  const app = await findApp(db, id, version);
  return { ...toEntity(app, version), largeIcon: await readIcon(db, app) };
}

/** @throws Problem `appNotFound` */
export async function findApp(db: Database, id: string, version: Version): Promise<AppSummary> {
  const { value } = isGuid(id) ? await appSummaries(db, { ids: [id] }) : { value: [] };
  const [app] = value;
  if (app === undefined || !isIn(version, app)) {
    throw new Problem('notFound', 'appNotFound', `There is no mobileApp ${id}.`);
  }
  return app;
}

/** The platform of an app as Graph shows it. */
export function platformOf(entity: Entity): AppSummary['platform'] {
  return entity['@odata.type'] === `#microsoft.graph.${macOsVppApp.name}` ? 'macos' : 'ios';
}

function isIn(version: Version, app: AppSummary): boolean {
  return version === 'beta' || app.platform === 'ios';
}

function toEntity(app: AppSummary, version: Version): Entity {
  return {
    '@odata.type': `#microsoft.graph.${app.platform === 'ios' ? iosVppApp.name : macOsVppApp.name}`,
    id: app.id,
    displayName: app.name,
    description: app.description ?? '',
    publisher: app.artistName ?? '',
    developer: app.artistName ?? '',
    largeIcon: null,
    createdDateTime: dateTime(app.createdAt),
    lastModifiedDateTime: dateTime(app.modifiedAt),
    isFeatured: false,
    informationUrl: app.storeUrl,
    notes: '',
    publishingState: 'published',
    uploadState: 1,
    isAssigned: app.assignedGroups > 0,
    roleScopeTagIds: ['0'],
    dependentAppCount: 0,
    supersedingAppCount: 0,
    supersededAppCount: 0,
    usedLicenseCount: app.held + app.foreign,
    totalLicenseCount: app.owned ?? unlimited,
    appStoreUrl: app.storeUrl,
    licensingType: licensingType(app, version),
    applicableDeviceType: applicableDeviceType(app),
    vppTokenOrganizationName: app.organizationName,
    vppTokenAccountType: app.tokenAccountType,
    vppTokenAppleId: app.tokenAppleId,
    bundleId: app.bundleId,
    vppTokenId: app.tokenId,
    vppTokenDisplayName: app.tokenName,
    revokeLicenseActionResults: [],
  };
}

/** Beta has the booleans in both spellings. */
function licensingType(app: AppSummary, version: Version): Entity {
  const device = app.deviceAssignable;
  const supports = { supportsUserLicensing: true, supportsDeviceLicensing: device };
  return version === 'v1.0'
    ? supports
    : { supportUserLicensing: true, supportDeviceLicensing: device, ...supports };
}

/** An app whose store page names no families runs on all of them. */
function applicableDeviceType(app: AppSummary): Entity {
  const runsOn = (wanted: RegExp): boolean =>
    app.deviceFamilies.length === 0 || app.deviceFamilies.some((family) => wanted.test(family));
  return { iPad: runsOn(/ipad/i), iPhoneAndIPod: runsOn(/iphone|ipod/i) };
}

async function readIcon(db: Database, app: AppSummary): Promise<Entity | null> {
  const title = await db
    .selectFrom('library.title')
    .select(['icon', 'iconType'])
    .where('locationUid', '=', app.locationUid)
    .where('adamId', '=', app.adamId)
    .executeTakeFirst();
  if (title === undefined || title.icon === null) return null;
  return {
    '@odata.type': '#microsoft.graph.mimeContent',
    type: title.iconType,
    value: title.icon.toString('base64'),
  };
}
