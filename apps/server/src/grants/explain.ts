import type { LicenseType, NotApplicableReason } from '@allotment/licensing';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { reasonsNotApplicable } from './applicable.ts';
import { holdersOf } from './candidates.ts';
import { resolve } from './resolve.ts';
import { clearWorkTables } from './work-tables.ts';

/** Whom a question is about: a device, or a person (of all their devices, or of a book). */
export interface Asked {
  readonly assetId: number;
  readonly deviceId: string | null;
  readonly personId: string | null;
}

/** What the assignments of an asset come to for a device or a person, now. */
export interface Explained {
  readonly verdict:
    | 'want'
    | 'suspended'
    | 'uninstall'
    | 'offered'
    | 'notApplicable'
    | 'excluded'
    | null;
  readonly licenseType: LicenseType | null;
  readonly notApplicable: NotApplicableReason | null;
  /** Whose license it is or would be; null: nobody's, or that of whoever has it from before. */
  readonly holderId: number | null;
}

interface Row {
  readonly verdict: NonNullable<Explained['verdict']>;
  readonly licenseType: LicenseType;
  readonly appId: string;
  readonly deviceId: string | null;
  readonly holderId: number | null;
}

const ids = (id: string | null): string[] => (id === null ? [] : [id]);

/** Resolves the assignments for one device or person, as a decision would, and decides nothing. */
export async function explainPair(context: Context, asked: Asked): Promise<Explained> {
  return context.db.transaction().execute(async (trx) => explainWithin(context, trx, asked));
}

/** The same in the caller's transaction. */
export async function explainWithin(
  context: Context,
  trx: Trx,
  { assetId, deviceId, personId }: Asked,
): Promise<Explained> {
  const holderIds = await holdersOf(context, trx, {
    deviceIds: ids(deviceId),
    personIds: ids(personId),
  });
  await clearWorkTables(trx);
  await resolve(trx, { assetIds: [assetId], holderIds });
  const { rows } = await sql<Row>`
    select verdict, license_type, app_id, device_id,
      case when verdict = 'offered' then null when license_type = 'user' or device_id is null then person_holder_id else holder_id end as holder_id
    from resolved
    where ${deviceId}::uuid is null or device_id = ${deviceId}
    order by verdict <> 'want', device_id is not null, rank limit 1`.execute(trx);
  const [row] = rows;
  if (row === undefined)
    return { verdict: null, licenseType: null, notApplicable: null, holderId: null };
  const { verdict, licenseType, holderId, appId } = row;
  const [notApplicable = null] =
    verdict === 'notApplicable' && row.deviceId !== null
      ? await reasonsNotApplicable(trx, appId, [{ deviceId: row.deviceId, licenseType }])
      : [];
  return { verdict, licenseType, notApplicable, holderId };
}
