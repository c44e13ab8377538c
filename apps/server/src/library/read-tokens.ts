import type { Database } from '../db/connect.ts';
import { Problem } from '../errors.ts';

/** A token as everybody may see it: its secret stays in the database. */
export interface TokenRow {
  readonly id: string;
  readonly locationUid: string;
  readonly locationName: string;
  readonly displayName: string;
  readonly appleId: string;
  readonly accountType: string;
  readonly countryOrRegion: string;
  readonly automaticallyUpdateApps: boolean;
  readonly claimFromExternalMdm: boolean;
  readonly dataSharingConsentGranted: boolean;
  readonly organizationName: string;
  readonly expiresAt: Date;
  readonly state: string;
  /** Its credential is used for the location; false for a duplicate. */
  readonly serving: boolean;
  readonly stateReason: string | null;
  readonly lastSyncAt: Date | null;
  readonly lastSyncStatus: string;
  readonly lastSyncError: string | null;
  readonly nextSyncAt: Date;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

/** All tokens, in the order they were created. */
export async function listTokens(db: Database): Promise<readonly TokenRow[]> {
  return selectTokens(db).orderBy('token.createdAt').orderBy('token.id').execute();
}

/** @throws Problem `tokenNotFound` */
export async function readToken(db: Database, id: string): Promise<TokenRow> {
  const token = isTokenId(id)
    ? await selectTokens(db).where('token.id', '=', id).executeTakeFirst()
    : undefined;
  if (token === undefined) throw tokenNotFound(id);
  return token;
}

export function tokenNotFound(id: string): Problem {
  return new Problem(
    'notFound',
    'tokenNotFound',
    `There is no token ${id}: list the tokens for their ids.`,
  );
}

/** Whether a text can be the id of a token at all. */
export function isTokenId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function selectTokens(db: Database) {
  return db
    .selectFrom('library.token as token')
    .innerJoin('library.location as location', 'location.uid', 'token.locationUid')
    .select([
      'token.id',
      'token.locationUid',
      'location.name as locationName',
      'token.displayName',
      'token.appleId',
      'token.accountType',
      'token.countryOrRegion',
      'token.automaticallyUpdateApps',
      'token.claimFromExternalMdm',
      'token.dataSharingConsentGranted',
      'token.organizationName',
      'token.expiresAt',
      'token.state',
      'token.serving',
      'token.stateReason',
      'token.lastSyncAt',
      'token.lastSyncStatus',
      'token.lastSyncError',
      'token.nextSyncAt',
      'token.createdAt',
      'token.modifiedAt',
    ]);
}
