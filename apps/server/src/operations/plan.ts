import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { type LocationLicenses, licensesOfLocation } from '../grants/index.ts';
import { readToken, type TokenRow } from '../library/index.ts';

export type OperationKind = 'revokeAll' | 'deleteToken';

/** What an operation would do, to be read before it is begun: sentences for people, numbers for programs. */
export interface OperationPlan {
  readonly kind: OperationKind;
  readonly tokenId: string;
  readonly tokenName: string;
  readonly locationUid: string;
  readonly locationName: string;
  readonly licenses: LocationLicenses;
  /** Apps and books that the token brought, and the assignments on them. */
  readonly apps: number;
  readonly assignments: number;
  /** Another token of the location stays: then only this token's secret goes. */
  readonly otherToken: { readonly id: string; readonly displayName: string } | null;
  readonly will: readonly string[];
  readonly willNot: readonly string[];
}

/**
 * Says beforehand what taking back all licenses of a token, or deleting it, will do and what it will not.
 *
 * @throws Problem `tokenNotFound`
 */
export async function planOperation(
  db: Database,
  kind: OperationKind,
  tokenId: string,
): Promise<OperationPlan> {
  const token = await readToken(db, tokenId);
  const facts = {
    licenses: await licensesOfLocation(db, token.locationUid),
    ...(await countApps(db, token.locationUid)),
    otherToken: await otherTokenOf(db, token),
  };
  const told =
    kind === 'revokeAll'
      ? tellRevokeAll(token, facts)
      : facts.otherToken === null
        ? tellDeletion(token, facts)
        : tellDeletionOfOne(facts.otherToken.displayName);
  return {
    kind,
    tokenId: token.id,
    tokenName: token.displayName,
    locationUid: token.locationUid,
    locationName: token.locationName,
    ...facts,
    ...told,
  };
}

interface Facts {
  readonly licenses: LocationLicenses;
  readonly apps: number;
  readonly assignments: number;
}

type Told = Pick<OperationPlan, 'will' | 'willNot'>;

function tellRevokeAll({ locationName }: TokenRow, { licenses }: Facts): Told {
  const { ours, irrevocable, notOurs, waiting } = licenses;
  return {
    will: [
      `Apple takes back the ${ours} licenses that were assigned from here in ${locationName}.`,
      `All these pairs are put on hold, and so are the ${waiting} that wait, until you open the location again.`,
      'Nothing more is granted in this location until you open it again.',
      'At the end Apple is read once more, and what it still shows is reported.',
    ],
    willNot: [
      'No app is removed from any device; without a license it stops working after 30 days.',
      `The ${notOurs} licenses that others assigned are not touched.`,
      ...(irrevocable === 0
        ? []
        : [`The ${irrevocable} licenses of books stay: Apple never takes these back.`]),
    ],
  };
}

function tellDeletion({ locationName }: TokenRow, { licenses, apps, assignments }: Facts): Told {
  const { ours, irrevocable, waiting, open } = licenses;
  return {
    will: [
      `Writing to Apple for ${locationName} stops; the ${open} changes that Apple is working on are waited for, a while, and what is left of them is reported.`,
      `The ${apps} apps and books of this token and their ${assignments} assignments disappear from the lists.`,
      ...(waiting === 0 ? [] : [`The ${waiting} that wait for a license do not get one.`]),
      'Our address for notifications and our claim on the location are withdrawn at Apple, as far as Apple lets us.',
      'The secret of the token is destroyed.',
    ],
    willNot: [
      `No license is taken back: the ${ours + irrevocable} assigned from here stay assigned at Apple, and cannot be revoked any more without a token.`,
      'No app is removed from any device.',
      'Who holds what from here is not forgotten: upload a token of the same location, and these licenses are recognized as ours.',
    ],
  };
}

function tellDeletionOfOne(other: string): Told {
  return {
    will: [`The secret of this token is destroyed; "${other}" serves the location.`],
    willNot: [
      'No app, assignment or license is touched.',
      'Nothing changes at Apple: revoke the token there if it must not be used any more.',
    ],
  };
}

async function countApps(
  db: Database,
  locationUid: string,
): Promise<{ readonly apps: number; readonly assignments: number }> {
  const { rows } = await sql<{ apps: number; assignments: number }>`
    select count(distinct app.id)::int as apps, count(a.id)::int as assignments
    from library.asset asset join library.app app on app.asset_id = asset.id
    left join assignments.assignment a on a.app_id = app.id
    where asset.location_uid = ${locationUid}`.execute(db);
  return rows[0] ?? { apps: 0, assignments: 0 };
}

async function otherTokenOf(db: Database, token: TokenRow): Promise<OperationPlan['otherToken']> {
  const other = await db
    .selectFrom('library.token')
    .select(['id', 'displayName'])
    .where('locationUid', '=', token.locationUid)
    .where('id', '<>', token.id)
    .orderBy('serving', 'desc')
    .orderBy('expiresAt', 'desc')
    .limit(1)
    .executeTakeFirst();
  return other ?? null;
}
