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

/** A book of a location: read only. */
export interface BookRow {
  readonly assetId: number;
  readonly adamId: string;
  readonly name: string;
  readonly artistName: string | null;
  readonly tokenId: string;
  readonly tokenName: string;
  /** Null when unlimited. */
  readonly owned: number | null;
  readonly assigned: number;
  /** Null when unlimited. */
  readonly available: number | null;
}

/** The books of all tokens, by name; `count` is that of the whole list. */
export async function listBooks(
  db: Database,
  page: { readonly top: number; readonly skip: number },
): Promise<{ readonly count: number; readonly rows: readonly BookRow[] }> {
  const books = db
    .selectFrom('library.asset as asset')
    .innerJoin('library.token as token', 'token.locationUid', 'asset.locationUid')
    .leftJoin('library.title as title', (join) =>
      join
        .onRef('title.locationUid', '=', 'asset.locationUid')
        .onRef('title.adamId', '=', 'asset.adamId'),
    )
    .where('asset.productType', '=', 'Book')
    .where('asset.vanishedAt', 'is', null);
  const { count } = await books
    .select((one) => one.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const rows = await books
    .select((one) => [
      'asset.id as assetId',
      'asset.adamId',
      one.fn.coalesce('title.name', 'asset.adamId').as('name'),
      'title.artistName',
      'token.id as tokenId',
      'token.displayName as tokenName',
      'asset.unlimited',
      'asset.total',
      'asset.assigned',
      'asset.available',
    ])
    .orderBy('name')
    .orderBy('asset.id')
    .limit(page.top)
    .offset(page.skip)
    .execute();
  return {
    count,
    rows: rows.map(({ unlimited, total, available, ...book }) => ({
      ...book,
      owned: unlimited ? null : total,
      available: unlimited ? null : available,
    })),
  };
}
