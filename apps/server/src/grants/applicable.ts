import {
  type Applicability,
  type DeviceTraits,
  type LicenseType,
  type NotApplicableReason,
  type TitleRequirements,
  applicability,
} from '@allotment/licensing';
import { type RawBuilder, sql } from 'kysely';
import type { Database, Trx } from '../db/connect.ts';

/** Kinds of device on which an app cannot be used in a way, as columns. */
export interface NotApplicable {
  readonly appIds: string[];
  /** Of the transaction's table `subject`. */
  readonly fits: number[];
  readonly uses: Use[];
  /** Only the system is too old for the title's newest version: an older one can be there, and runs. */
  readonly outgrown: boolean[];
}

/** To install it with a type of license, by an assignment that means Macs, too, or to remove it. */
const uses = ['device', 'deviceOnMacs', 'user', 'removal'] as const;
type Use = (typeof uses)[number];

interface DeviceClass {
  readonly family: DeviceTraits['family'];
  readonly osVersion: string | null;
  readonly userEnrollment: boolean;
  readonly primaryUser: boolean;
  readonly shared: boolean;
  readonly managedAccount: boolean;
  readonly runsIosApps: boolean;
  readonly userChannel: boolean;
  /** Not enrolled yet. */
  readonly expected?: boolean;
}

interface Title extends TitleRequirements {
  readonly id: string;
  /** In its location the user principal names are the Managed Apple Accounts: whoever has a name has an account. */
  readonly accountsAreNames: boolean;
}

/**
 * Where the apps offered to the devices looked at cannot be used, by the one rule in `licensing` (Law 7). Books are
 * read anywhere.
 */
export async function notApplicable(trx: Trx): Promise<NotApplicable> {
  const classes = await sql<DeviceClass & { readonly fit: number }>`
    select distinct fit, family, os_version, user_enrollment, person_id is not null as primary_user, shared, managed_account, expected, runs_ios_apps, user_channel
    from subject
    where device_id is not null`.execute(trx);
  const titles = await readTitles(trx, sql`app.id in (select app_id from offer)`);
  const found: NotApplicable = {
    appIds: [],
    fits: [],
    uses: [],
    outgrown: [],
  };
  for (const title of titles) {
    for (const device of classes.rows) {
      for (const use of uses) {
        const obstacle = obstacleTo(device, title, use);
        if (obstacle === undefined) continue;
        found.appIds.push(title.id);
        found.fits.push(device.fit);
        found.uses.push(use);
        found.outgrown.push(obstacle === 'minimumOsVersion');
      }
    }
  }
  return found;
}

async function readTitles(db: Database, which: RawBuilder<unknown>): Promise<readonly Title[]> {
  const { rows } = await sql<Title>`
    select app.id, app.platform as app_platform, a.supported_platforms, a.device_assignable,
      coalesce(t.device_families, '{}') as device_families, t.minimum_os_version,
      l.managed_apple_id_from = 'userPrincipalName' as accounts_are_names
    from library.app app
    join library.asset a on a.id = app.asset_id
    join library.location l on l.uid = a.location_uid
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    where ${which} and app.platform <> 'book'`.execute(db);
  return rows;
}

/** Why devices cannot use an app with those types of license, in the order given; null for one that can. */
export async function reasonsNotApplicable(
  db: Database,
  appId: string,
  asked: readonly { readonly deviceId: string; readonly licenseType: LicenseType }[],
): Promise<readonly (NotApplicableReason | null)[]> {
  const [title] = await readTitles(db, sql`app.id = ${appId}`);
  const { rows } = await sql<DeviceClass & { readonly id: string }>`
    select dev.id, dev.family, dev.os_version, dev.user_enrollment, p.id is not null as primary_user,
      coalesce(dev.multi_user, false) as shared, coalesce(dev.runs_ios_apps, false) as runs_ios_apps, dev.user_channel, p.managed_apple_id is not null as managed_account
    from devices.device dev left join directory.person p on p.id = dev.person_id and p.deleted_at is null
    where dev.id = any(${asked.map(({ deviceId }) => deviceId)}::uuid[])`.execute(db);
  const devices = new Map(rows.map((row) => [row.id, row]));
  return asked.map(({ deviceId, licenseType }) => {
    const device = devices.get(deviceId);
    if (title === undefined || device === undefined) return null;
    return reasonOf(applicability(withAccount(device, title), title, licenseType)) ?? null;
  });
}

type Obstacle = NotApplicableReason | 'notEnrolled';

/** The device as the title's location sees the account of its person. */
const withAccount = (device: DeviceClass, title: Title): DeviceClass =>
  title.accountsAreNames ? { ...device, managedAccount: device.primaryUser } : device;

/** What keeps an app from that use on a device; undefined: nothing. */
function obstacleTo(known: DeviceClass, title: Title, use: Use): Obstacle | undefined {
  const device = withAccount(known, title);
  if (use === 'deviceOnMacs')
    return reasonOf(applicability(device, { ...title, onMacs: true }, 'device'));
  if (use !== 'removal') return reasonOf(applicability(device, title, use));
  if (device.expected === true) return 'notEnrolled';
  // Only another platform says that the app cannot be there.
  const obstacle = reasonOf(
    applicability(
      { ...device, osVersion: null },
      { ...title, deviceAssignable: true, deviceFamilies: [], onMacs: true },
    ),
  );
  return obstacle === 'platform' ? obstacle : undefined;
}

const reasonOf = (found: Applicability): NotApplicableReason | undefined =>
  found.applicable ? undefined : found.reason;
