import type { Entity } from '@allotment/graph-odata';
import { sql } from 'kysely';
import type { Database } from '../../../db/connect.ts';
import { isGuid } from '../../../directory/index.ts';
import { Problem } from '../../../errors.ts';
import { dateTime, type EntitySet } from '../call.ts';
import { vppToken } from '../types.ts';

export const vppTokens: EntitySet = {
  path: 'deviceAppManagement/vppTokens',
  types: [vppToken],
  pageSize: 1_000,
  alwaysCounts: true,
};

interface Row {
  readonly id: string;
  readonly displayName: string;
  readonly organizationName: string;
  readonly locationName: string;
  readonly accountType: string;
  readonly appleId: string;
  readonly expiresAt: Date;
  readonly lastSyncAt: Date | null;
  readonly lastSyncStatus: string;
  readonly modifiedAt: Date;
  readonly state: string;
  readonly automaticallyUpdateApps: boolean;
  readonly countryOrRegion: string;
  readonly dataSharingConsentGranted: boolean;
  readonly claimFromExternalMdm: boolean;
}

/** All tokens as Graph shows them, by name. There are hundreds at most. */
export async function readVppTokens(db: Database): Promise<readonly Entity[]> {
  const { rows } = await sql<Row>`select t.*, l.name as location_name
    from library.token t join library.location l on l.uid = t.location_uid
    order by lower(t.display_name), t.id`.execute(db);
  return rows.map(toEntity);
}

/** @throws Problem `vppTokenNotFound` */
export async function readVppToken(db: Database, id: string): Promise<Entity> {
  const { rows } = isGuid(id)
    ? await sql<Row>`select t.*, l.name as location_name
        from library.token t join library.location l on l.uid = t.location_uid where t.id = ${id}`.execute(
        db,
      )
    : { rows: [] };
  const [row] = rows;
  if (row === undefined)
    throw new Problem('notFound', 'vppTokenNotFound', `There is no vppToken ${id}.`);
  return toEntity(row);
}

/** The secret itself never leaves: `token` is always null. */
function toEntity(row: Row): Entity {
  return {
    id: row.id,
    displayName: row.displayName,
    organizationName: row.organizationName,
    locationName: row.locationName,
    vppTokenAccountType: row.accountType,
    appleId: row.appleId,
    expirationDateTime: dateTime(row.expiresAt),
    lastSyncDateTime: dateTime(row.lastSyncAt),
    lastSyncStatus: row.lastSyncStatus,
    lastModifiedDateTime: dateTime(row.modifiedAt),
    token: null,
    state: row.state,
    tokenActionResults: [],
    automaticallyUpdateApps: row.automaticallyUpdateApps,
    countryOrRegion: row.countryOrRegion,
    dataSharingConsentGranted: row.dataSharingConsentGranted,
    claimTokenManagementFromExternalMdm: row.claimFromExternalMdm,
    roleScopeTagIds: ['0'],
  };
}
