import type { Entity } from '@allotment/graph-odata';
import type { Database } from '../../../db/connect.ts';
import { listTokens, readToken, type TokenRow } from '../../../library/index.ts';
import { dateTime, type EntitySet } from '../call.ts';
import { vppToken } from '../types.ts';

export const vppTokens: EntitySet = {
  path: 'deviceAppManagement/vppTokens',
  types: [vppToken],
  pageSize: 1_000,
  alwaysCounts: true,
};

/** All tokens as Graph shows them. There are hundreds at most. */
export async function readVppTokens(db: Database): Promise<readonly Entity[]> {
  return (await listTokens(db)).map(toEntity);
}

/** @throws Problem `tokenNotFound` */
export async function readVppToken(db: Database, id: string): Promise<Entity> {
  return toEntity(await readToken(db, id));
}

/** The secret itself never leaves: `token` is always null. */
function toEntity(row: TokenRow): Entity {
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
