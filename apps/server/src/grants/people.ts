import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { integers } from '../db/integers.ts';
import { ensurePersonHolders } from '../library/index.ts';
import type { Scope } from './resolve.ts';

/**
 * Adds the people of a scope's devices, where these assets are licensed to people: a user license is decided for all
 * devices of its person together.
 *
 * @returns the scope with them, and whether there are any people in it
 */
export async function withPeople(
  context: Context,
  trx: Trx,
  scope: Scope,
): Promise<{ readonly scope: Scope; readonly people: boolean }> {
  const { rows: owners } = await sql<{
    personId: string;
    holderId: number | null;
    needed: boolean;
  }>`
    select distinct p.id as person_id, own.id as holder_id, exists (
      select from assignments.assignment a join library.app app on app.id = a.app_id
      where app.asset_id = any(${scope.assetIds}::int[]) and a.license_type = 'user') as needed
    from library.holder h
    left join devices.device dev on h.kind = 'device' and dev.serial_number = h.key
    join directory.person p on p.id = coalesce(h.person_id, dev.person_id)
    left join library.holder own on own.person_id = p.id
    where h.id = any(${integers(scope.holderIds)}::int[])`.execute(trx);
  const known = owners.flatMap((owner) => owner.holderId ?? []);
  const missing = owners.filter((owner) => owner.holderId === null && owner.needed);
  if (missing.length > 0) {
    const personIds = missing.map((owner) => owner.personId);
    await ensurePersonHolders(context, trx, personIds);
    const { rows } = await sql<{ id: number }>`
      select id from library.holder where person_id = any(${personIds}::uuid[])`.execute(trx);
    known.push(...rows.map((row) => row.id));
  }
  return {
    scope: { ...scope, holderIds: [...new Set([...scope.holderIds, ...known])] },
    people: known.length > 0,
  };
}
