import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { Problem } from '../errors.ts';
import { openTakeBacks } from './brake.ts';
import { keepWishedOnes } from './held-back.ts';
import { lockStock } from './stock.ts';
import { settleAssets } from './decide.ts';
import { withSiblings } from './line.ts';

/** Whose licenses are meant: those of a device, of a person, or of an asset, all or of some holders. */
export type LicenseSelection =
  | { readonly kind: 'device'; readonly deviceId: string }
  | { readonly kind: 'person'; readonly personId: string }
  | { readonly kind: 'asset'; readonly assetId: number; readonly holderIds?: readonly number[] }
  | { readonly kind: 'location'; readonly locationUid: string };

interface Revoked {
  /** Licenses that go back. */
  readonly revoked: number;
  /** Licenses that Apple never takes back: books. */
  readonly irrevocable: number;
  /** At Apple, but not ours: adopt them first. */
  readonly notOurs: number;
  /** Ours, but the token of their location was deleted: Apple cannot be asked (behavior 68). */
  readonly withoutToken: number;
}

/**
 * Takes licenses back by hand and holds their pairs, so that no assignment grants them again before a person lifts the
 * hold or saves the assignments anew (behaviors 59, 60; Law 11). Nothing is removed from any device. A location's
 * brake counts them like any other take-back.
 *
 * @throws Problem `irrevocable` for a book; `nothingToRevoke` naming why, when there is nothing that can go back
 */
export async function revokeLicenses(
  context: Context,
  selection: LicenseSelection,
  reason: string,
  actor: Actor,
): Promise<Revoked> {
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    if (selection.kind === 'asset') await refuseIrrevocable(trx, selection.assetId);
    const { counts, assetIds, siblings } = await holdPairs(context, trx, selection, reason, actor);
    if (counts.revoked === 0 && counts.irrevocable + counts.notOurs + counts.withoutToken > 0)
      throw nothingToRevoke(counts);
    await settleAssets(context, trx, assetIds, siblings);
    await hint(trx, 'apps', 'status', 'locations');
    await recordAudit(trx, now, actor, {
      action: 'revokeLicenses',
      target: targetOf(selection),
      detail: { ...counts, reason },
    });
    return counts;
  });
}

/**
 * The same for one asset, where a person has agreed to the number of all that go back: the brake lets them pass.
 *
 * @returns how many go back
 */
export async function revokeAgreed(
  context: Context,
  trx: Trx,
  assetId: number,
  reason: string,
  actor: Actor,
): Promise<number> {
  const selection = { kind: 'asset', assetId } as const;
  const { counts, assetIds, siblings } = await holdPairs(context, trx, selection, reason, actor);
  await openTakeBacks(trx, [assetId], [], context.clock.now());
  await settleAssets(context, trx, assetIds, siblings);
  await hint(trx, 'apps', 'status', 'locations');
  return counts.revoked;
}

/**
 * The same for what Apple was still assigning in a location when its pairs went on hold: it was among the number that the
 * person agreed to, and can go back only now that it is held.
 */
export async function revokeArrived(
  context: Context,
  trx: Trx,
  locationUid: string,
): Promise<void> {
  const onHold = sql`exists (select from grants.hold o where o.asset_id = d.asset_id and o.holder_id = d.holder_id)`;
  const { rows } = await sql<{ assetId: number }>`
    select distinct d.asset_id from ${selected({ kind: 'location', locationUid })}
      and d.granted and d.held and not d.wanted and ${onHold}
      and not exists (select from grants.open_change c where c.asset_id = d.asset_id and c.holder_id = d.holder_id)`.execute(
    trx,
  );
  if (rows.length === 0) return;
  const arrived = rows.map((row) => row.assetId);
  const { assetIds, siblings } = await withSiblings(trx, arrived);
  await lockStock(trx, assetIds);
  await openTakeBacks(trx, arrived, [], context.clock.now(), onHold);
  await settleAssets(context, trx, assetIds, siblings);
  await hint(trx, 'apps', 'status', 'locations');
}

/** Puts pairs on hold and ends their demand. The assets, siblings included, are locked. */
async function holdPairs(
  context: Context,
  trx: Trx,
  selection: LicenseSelection,
  reason: string,
  actor: Actor,
): Promise<{
  readonly counts: Revoked;
  readonly assetIds: readonly number[];
  readonly siblings: boolean;
}> {
  const now = context.clock.now();
  const { rows: assets } = await sql<{ assetId: number }>`
    select distinct d.asset_id from ${selected(selection)}`.execute(trx);
  const { assetIds, siblings } = await withSiblings(
    trx,
    assets.map((asset) => asset.assetId),
  );
  await lockStock(trx, assetIds);
  const { rows } = await sql<Revoked>`
    with chosen as materialized (
      select d.asset_id, d.holder_id, d.granted, d.found, a.revocable,
        exists (select from library.token t where t.location_uid = a.location_uid) as reachable
      from (select d.* from ${selected(selection)}) d join library.asset a on a.id = d.asset_id
      where (d.wanted or d.granted) and d.asset_id = any(${assetIds}::int[])
    ), held as (
      insert into grants.hold (asset_id, holder_id, reason, created_by, created_at)
      select asset_id, holder_id, ${reason}, ${actor.name}, ${now} from chosen
      where revocable and reachable and not found order by asset_id, holder_id
      on conflict do nothing
    )
    select count(*) filter (where granted and revocable and reachable)::int as revoked,
      count(*) filter (where granted and not revocable)::int as irrevocable,
      count(*) filter (where found)::int as not_ours,
      count(*) filter (where granted and revocable and not reachable)::int as without_token from chosen`.execute(
    trx,
  );
  await keepWishedOnes(trx, assetIds);
  await endHeld(trx, assetIds, now);
  const counts = rows[0] ?? { revoked: 0, irrevocable: 0, notOurs: 0, withoutToken: 0 };
  return { counts, assetIds, siblings };
}

async function refuseIrrevocable(trx: Trx, assetId: number): Promise<void> {
  const { revocable } = await trx
    .selectFrom('library.asset')
    .select('revocable')
    .where('id', '=', assetId)
    .executeTakeFirstOrThrow();
  if (revocable) return;
  throw new Problem(
    'conflict',
    'irrevocable',
    'Apple never takes a license of this title back, as with all books: it stays with whoever has it. To give it to nobody else, take its assignments away. Nothing was changed.',
  );
}

function nothingToRevoke({ irrevocable, withoutToken }: Revoked): Problem {
  const why =
    withoutToken > 0
      ? 'The content token of these licenses was deleted, so Apple cannot be asked: upload a token of the location first.'
      : irrevocable > 0
        ? 'Apple never takes back licenses of books.'
        : 'These licenses were assigned by somebody else: adopt them first.';
  return new Problem('conflict', 'nothingToRevoke', `${why} Nothing was changed.`);
}

/** The pairs on hold are not wanted any more; what was never sent to Apple is dropped. */
async function endHeld(trx: Trx, assetIds: readonly number[], now: Date): Promise<void> {
  await sql`with gone as (
      update grants.demand d set wanted = false, found = false, kept = false, ends_at = null, end_reason = 'hold', removal = null,
        covered_by = null, changed_at = ${now}, granted = d.granted and not exists (select from grants.open_change c
          where c.asset_id = d.asset_id and c.holder_id = d.holder_id and c.op = 'associate' and c.request_id is null)
      from grants.hold o
      where o.asset_id = any(${assetIds}::int[]) and d.asset_id = o.asset_id and d.holder_id = o.holder_id and d.wanted
      returning d.asset_id, d.holder_id
    ), dropped as (
      delete from grants.open_change c using gone
      where c.asset_id = gone.asset_id and c.holder_id = gone.holder_id and c.op = 'associate' and c.request_id is null
    ), unplaced as (
      delete from grants.placement p using gone where p.asset_id = gone.asset_id and p.holder_id = gone.holder_id)
    insert into db.note (room, kind, key) select 'delivery', 'license', asset_id || ':' || holder_id from gone`.execute(
    trx,
  );
}

/**
 * Lifts holds, and lets be asked for again what stopped because Apple took it away twice: what the assignments say
 * counts again.
 *
 * @returns how many were lifted
 */
export async function liftHoldsOf(
  context: Context,
  selection: LicenseSelection,
  actor: Actor,
): Promise<number> {
  return context.db.transaction().execute(async (trx) => {
    const stopped = sql`d.stopped_reason is not null and ${chosenBy(selection)}`;
    const { rows: assets } = await sql<{ assetId: number }>`
      select distinct d.asset_id from grants.demand d where ${stopped}`.execute(trx);
    await lockStock(
      trx,
      assets.map((asset) => asset.assetId),
    );
    const { rows } = await sql<{ n: number }>`
      with unheld as (
        delete from grants.hold d where ${chosenBy(selection)} and not ${isClosed('d')} returning asset_id, holder_id
      ), resumed as (
        update grants.demand d set stopped_reason = null, lost_at = null where ${stopped} returning asset_id, holder_id
      ), lifted as (
        select asset_id, holder_id from unheld union select asset_id, holder_id from resumed
      ), noted as (
        insert into db.note (room, kind, key)
        select distinct 'grants', 'asset', asset_id::text from unheld
        union all select distinct 'grants', 'seats', asset_id::text from resumed)
      select count(*)::int as n from lifted`.execute(trx);
    const lifted = rows[0]?.n ?? 0;
    await hint(trx, 'apps', 'status');
    await recordAudit(trx, context.clock.now(), actor, {
      action: 'liftHolds',
      target: targetOf(selection),
      detail: { lifted },
    });
    return lifted;
  });
}

/**
 * The assignments of these assets were saved: holds on them are lifted, and what stopped because Apple took it away
 * twice may be asked for again (Law 11). In a closed location they stay: what is on its way back would be granted anew.
 */
export async function liftHolds(trx: Trx, assetIds: readonly number[]): Promise<void> {
  const { rows: held } = await sql`
    select from grants.hold where asset_id = any(${assetIds}::int[])
    union all select from grants.demand where asset_id = any(${assetIds}::int[]) and stopped_reason is not null
    limit 1`.execute(trx);
  if (held.length === 0) return;
  // All that the decision afterwards locks, before the holds: who reopens the location takes them in this order.
  await lockStock(trx, (await withSiblings(trx, assetIds)).assetIds);
  await sql`delete from grants.hold o where asset_id = any(${assetIds}::int[]) and not ${isClosed('o')}`.execute(
    trx,
  );
  await sql`with resumed as (
      update grants.demand set stopped_reason = null, lost_at = null
      where asset_id = any(${assetIds}::int[]) and stopped_reason is not null returning asset_id)
    insert into db.note (room, kind, key) select distinct 'grants', 'seats', asset_id::text from resumed`.execute(
    trx,
  );
}

/** SQL: whether the location of a row's asset is closed; opening it lifts all its holds. */
const isClosed = (row: string) => sql`exists (select from grants.stock closed
  where closed.asset_id = ${sql.ref(`${row}.asset_id`)} and closed.closed_to_grants is not null)`;

const selected = (selection: LicenseSelection) => sql`grants.demand d where ${chosenBy(selection)}`;

function chosenBy(selection: LicenseSelection) {
  switch (selection.kind) {
    case 'device':
      return sql`d.holder_id in (select h.id from library.holder h join devices.device dev on dev.serial_number = h.key
        where h.kind = 'device' and dev.id = ${selection.deviceId})`;
    case 'person':
      return sql`d.holder_id in (select h.id from library.holder h where h.person_id = ${selection.personId})`;
    case 'asset':
      return selection.holderIds === undefined
        ? sql`d.asset_id = ${selection.assetId}`
        : sql`d.asset_id = ${selection.assetId} and d.holder_id = any(${selection.holderIds}::int[])`;
    case 'location':
      return sql`d.asset_id in (select id from library.asset where location_uid = ${selection.locationUid})`;
  }
}

function targetOf(selection: LicenseSelection): { kind: string; id: string } {
  switch (selection.kind) {
    case 'device':
      return { kind: 'managedDevice', id: selection.deviceId };
    case 'person':
      return { kind: 'user', id: selection.personId };
    case 'asset':
      return { kind: 'asset', id: String(selection.assetId) };
    case 'location':
      return { kind: 'location', id: selection.locationUid };
  }
}
