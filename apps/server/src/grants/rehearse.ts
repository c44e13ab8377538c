import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Trx } from '../db/connect.ts';
import { assetsOfApps } from './assets-of.ts';
import { listCandidates } from './candidates.ts';
import { decide, serveLine } from './decide.ts';
import { liftHolds } from './holds.ts';
import { withSiblings } from './line.ts';
import { type RehearsedPrompts, readPrompts } from './prompts.ts';
import { waits } from './rows.ts';
import { countServedTwice } from './served-twice.ts';
import { lockStock } from './stock.ts';

/** What a decision would come to, in numbers of licenses of one asset. */
export interface Rehearsal {
  /** Who would want a license. */
  readonly wanted: number;
  /** Of them, those who have a seat of ours now. */
  readonly granted: number;
  /** Of them, those whom Apple serves already, or another asset of the title. */
  readonly satisfied: number;
  /** Who would get one at once. */
  readonly served: number;
  /** Who would wait; `newlyWaiting` those of them who do not wait now. */
  readonly waiting: number;
  readonly newlyWaiting: number;
  /** Whose license would go back at once, and whose when a grace period is over. */
  readonly returning: number;
  readonly returningLater: number;
  /** Devices that are meant and cannot use the app. */
  readonly notApplicable: number;
  /** Devices that a license of their own and one of their person would both serve with the title. */
  readonly servedTwice: number;
  /** Who waits because nothing is granted before a person releases an irrevocable title; 0 when that is not so. */
  readonly unreleased: number;
  /** What the brake would hold back, and how many a location gives up without a person (Law 11). */
  readonly brake: { readonly waiting: number; readonly allowed: number } | null;
  /** What Apple would be asked for. */
  readonly changes: readonly RehearsedChanges[];
  readonly prompts: RehearsedPrompts;
  readonly who: readonly RehearsedHolder[];
}

export interface RehearsedChanges {
  readonly op: 'associate' | 'disassociate';
  readonly deviceIds: number[];
  readonly personIds: number[];
}

export interface RehearsedHolder {
  readonly outcome: 'served' | 'waiting' | 'returning' | 'returningLater';
  readonly kind: 'device' | 'person';
  /** The device's or the person's id; null when neither is known here any more. */
  readonly id: string | null;
  readonly name: string;
}

/** Decided at once. */
const holdersAtOnce = 5_000;
/** A rehearsal holds the asset's row: nobody waits for it for longer than this. */
const timeLimitMs = 30_000;
const namesAtMost = 50;

/**
 * Makes a change and decides what comes of it, and takes both back: what is foretold is what the decision itself does.
 * Until it ends, decisions about the asset wait.
 *
 * @param change what is to be tried, on the transaction that is rolled back
 * @throws what `change` throws; an error of the database when it takes longer than half a minute
 */
export async function rehearse(
  context: Context,
  appId: string,
  change: (trx: Trx) => Promise<void>,
): Promise<Rehearsal> {
  const trx = await context.db.startTransaction().execute();
  try {
    await sql`select set_config('statement_timeout', ${String(timeLimitMs)}, true)`.execute(trx);
    const [assetId] = await assetsOfApps(trx, [appId]);
    if (assetId === undefined) throw new Error(`The app ${appId} has no asset.`);
    const { assetIds } = await withSiblings(trx, [assetId]);
    await lockStock(trx, assetIds);
    await rememberBefore(trx, assetId);
    await change(trx);
    await liftHolds(trx, [assetId]);
    const notApplicable = await decideAll(context, trx, assetId, assetIds);
    return { ...(await compare(trx, assetId)), notApplicable };
  } finally {
    await trx.rollback().execute();
  }
}

async function rememberBefore(trx: Trx, assetId: number): Promise<void> {
  await sql`create temporary table before_rehearsal (holder_id integer primary key, wanted boolean, granted boolean, waited boolean,
    ends_at timestamptz) on commit drop`.execute(trx);
  await sql`insert into before_rehearsal
    select holder_id, wanted, granted, ${waits('d')}, ends_at from grants.demand d where asset_id = ${assetId}`.execute(
    trx,
  );
}

/** @returns how many devices are meant that cannot use the app */
async function decideAll(
  context: Context,
  trx: Trx,
  assetId: number,
  assetIds: readonly number[],
): Promise<number> {
  const holderIds = (await listCandidates(context, trx, { assetIds, groupId: null })) ?? [];
  const total = holderIds.length;
  let notApplicable = 0;
  for (let start = 0; start < total; start += holdersAtOnce) {
    const portion = { assetIds, holderIds: holderIds.slice(start, start + holdersAtOnce) };
    await decide(context, trx, portion, total > holdersAtOnce ? total - start : undefined);
    notApplicable += await countNotApplicable(trx, assetId);
  }
  let more = total > holdersAtOnce;
  while (more) more = await serveLine(context, trx, assetId);
  return notApplicable;
}

/** Of a device that is expected nobody knows yet what it can use. */
async function countNotApplicable(trx: Trx, assetId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n
    from resolved join devices.device dev on dev.id = resolved.device_id
    where resolved.asset_id = ${assetId} and resolved.mine and resolved.verdict = 'notApplicable'`.execute(
    trx,
  );
  return rows[0]?.n ?? 0;
}

async function compare(trx: Trx, assetId: number): Promise<Omit<Rehearsal, 'notApplicable'>> {
  const { rows } = await sql<
    Omit<Rehearsal, 'notApplicable' | 'servedTwice' | 'changes' | 'prompts' | 'who'>
  >`
    select count(*) filter (where d.wanted)::int as wanted,
      count(*) filter (where d.wanted and d.granted and b.granted)::int as granted,
      count(*) filter (where d.wanted and (d.found or d.covered_by is not null))::int as satisfied,
      count(*) filter (where ${isServed})::int as served,
      count(*) filter (where ${waits('d')})::int as waiting,
      count(*) filter (where ${waits('d')} and b.waited is not true)::int as newly_waiting,
      count(*) filter (where ${isReturning})::int as returning,
      count(*) filter (where ${isReturningLater})::int as returning_later,
      (select coalesce(sum(i.waiting), 0)::int from grants.irrevocable i where i.asset_id = ${assetId}) as unreleased,
      (select json_build_object('waiting', k.waiting, 'allowed', k.allowed) from grants.brake k
        join library.asset a on a.location_uid = k.location_uid where a.id = ${assetId}) as brake
    from grants.demand d left join before_rehearsal b on b.holder_id = d.holder_id
    where d.asset_id = ${assetId}`.execute(trx);
  const [counts] = rows;
  if (counts === undefined) throw new Error('The database gave no counts.');
  return {
    ...counts,
    servedTwice: await countServedTwice(trx, assetId),
    changes: await readChanges(trx, assetId),
    prompts: await readPrompts(trx, assetId, isServed),
    who: await readWho(trx, assetId),
  };
}

const isServed = sql`d.wanted and d.granted and b.granted is not true`;
const isReturning = sql`d.granted and not d.wanted and b.wanted`;
const isReturningLater = sql`d.granted and d.ends_at is not null and b.ends_at is null`;

async function readChanges(trx: Trx, assetId: number): Promise<readonly RehearsedChanges[]> {
  const { rows } = await sql<RehearsedChanges>`
    select c.op, coalesce(array_agg(c.holder_id) filter (where h.kind = 'device'), '{}') as device_ids,
      coalesce(array_agg(c.holder_id) filter (where h.kind = 'person'), '{}') as person_ids
    from grants.open_change c join library.holder h on h.id = c.holder_id
    where c.asset_id = ${assetId} and c.request_id is null group by c.op`.execute(trx);
  return rows;
}

async function readWho(trx: Trx, assetId: number): Promise<readonly RehearsedHolder[]> {
  const { rows } = await sql<RehearsedHolder>`
    select outcome, kind, id, name from (
      select one.outcome, h.kind, coalesce(dev.id, p.id) as id, coalesce(dev.name, p.display_name, h.key) as name,
        row_number() over (partition by one.outcome order by d.priority desc, d.position) as place
      from grants.demand d left join before_rehearsal b on b.holder_id = d.holder_id
      cross join lateral (select case when ${isServed} then 'served' when ${waits('d')} then 'waiting'
        when ${isReturning} then 'returning' when ${isReturningLater} then 'returningLater' end as outcome) one
      join library.holder h on h.id = d.holder_id
      left join devices.device dev on h.kind = 'device' and dev.serial_number = h.key
      left join directory.person p on p.id = h.person_id
      where d.asset_id = ${assetId} and one.outcome is not null) who
    where place <= ${namesAtMost} order by array_position(array['served', 'waiting', 'returning', 'returningLater'], outcome), place`.execute(
    trx,
  );
  return rows;
}
