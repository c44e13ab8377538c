import { type DeviceTraits, applicability } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';

/** Kinds of device on which an app cannot be used with a type of license, as columns. */
export interface NotApplicable {
  readonly appIds: string[];
  readonly families: (string | null)[];
  readonly osVersions: (string | null)[];
  readonly userEnrollments: boolean[];
  readonly licenseTypes: ('device' | 'user')[];
}

interface DeviceClass {
  readonly family: DeviceTraits['family'];
  readonly osVersion: string | null;
  readonly userEnrollment: boolean;
}

interface Title {
  readonly id: string;
  readonly appPlatform: 'ios' | 'macos';
  readonly supportedPlatforms: string[];
  readonly deviceFamilies: string[] | null;
  readonly minimumOsVersion: string | null;
  readonly deviceAssignable: boolean;
}

/**
 * Where the apps offered to the devices looked at cannot be used, by the one rule in `licensing` (Law 7). Books are
 * read anywhere.
 */
export async function notApplicable(trx: Trx): Promise<NotApplicable> {
  const classes = await sql<DeviceClass>`
    select distinct family, os_version, user_enrollment from subject where device_id is not null`.execute(
    trx,
  );
  const titles = await sql<Title>`
    select app.id, app.platform as app_platform, a.supported_platforms, a.device_assignable, t.device_families, t.minimum_os_version
    from library.app app
    join library.asset a on a.id = app.asset_id
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    where app.id in (select app_id from offer) and app.platform <> 'book'`.execute(trx);
  const found: NotApplicable = {
    appIds: [],
    families: [],
    osVersions: [],
    userEnrollments: [],
    licenseTypes: [],
  };
  for (const title of titles.rows) {
    for (const device of classes.rows) {
      for (const licenseType of ['device', 'user'] as const) {
        if (fits(device, title, licenseType)) continue;
        found.appIds.push(title.id);
        found.families.push(device.family);
        found.osVersions.push(device.osVersion);
        found.userEnrollments.push(device.userEnrollment);
        found.licenseTypes.push(licenseType);
      }
    }
  }
  return found;
}

function fits(device: DeviceClass, title: Title, licenseType: 'device' | 'user'): boolean {
  const requirements = { ...title, deviceFamilies: title.deviceFamilies ?? [] };
  return licenseType === 'device'
    ? applicability(device, requirements).applicable
    : applicability(device, { ...requirements, deviceAssignable: true }).applicable;
}
