import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@allotment/demo';
import type { Stage } from './stage.ts';

export const samples = 12;
const lookMs = 3;

/** What is wanted of whom, so that a single change can be made and watched. */
export interface Probes {
  readonly plenty: { readonly assetId: number; readonly joinGroup: string; readonly outer: string };
  readonly scarce: { readonly assetId: number; readonly group: string };
  /** Groups of 1,000 that share no device, each to be nested once: half of them alone, half of them during a full decision. */
  readonly children: readonly string[];
  next: number;
  /** Devices that are in no such group and have no probe app: each joins once. */
  readonly joiners: { readonly id: string; readonly holderId: number }[];
}

/** Medians, in milliseconds. */
export type Times = Readonly<Record<'join' | 'leave' | 'nested', number>>;

/** Changes one thing after the other while `going`, with a pause between them, and tells the median of each kind. */
export async function singleChanges(
  stage: Stage,
  probes: Probes,
  pauseMs: number,
  going: () => Promise<boolean>,
): Promise<Times> {
  const nestedEvery = Math.ceil((2 * samples) / probes.children.length);
  const times = { join: [] as number[], leave: [] as number[], nested: [] as number[] };
  for (let i = 0; i < samples && (await going()); i += 1) {
    times.join.push(await join(stage, probes));
    times.leave.push(await leave(stage, probes));
    if (i % nestedEvery === 0) times.nested.push(await nest(stage, probes));
    await delay(pauseMs);
  }
  return { join: median(times.join), leave: median(times.leave), nested: median(times.nested) };
}

async function join(stage: Stage, { plenty, joiners }: Probes): Promise<number> {
  const device = joiners.pop();
  if (device === undefined) throw new Error('No device is left that can join.');
  return timed(
    stage,
    `with joined as (insert into directory.member (group_id, device_id) values ($1, $2) returning 1)
     insert into db.note (room, kind, key) select 'grants', 'memberDevice', $1::uuid || ':' || $2::uuid from joined`,
    [plenty.joinGroup, device.id],
    'select from grants.open_change where asset_id = $1 and holder_id = $2',
    [plenty.assetId, device.holderId],
  );
}

/** A device that has a seat leaves; the first in line gets it. */
async function leave(stage: Stage, { scarce }: Probes): Promise<number> {
  const { rows } = await stage.database.query<{ id: string; next: number }>(
    `select d.id, (select holder_id from grants.demand
        where asset_id = $1 and wanted and not granted order by priority desc, position limit 1) as next
     from grants.demand x join library.holder h on h.id = x.holder_id join directory.device d on d.serial_number = h.key
     where x.asset_id = $1 and x.granted limit 1`,
    [scarce.assetId],
  );
  return timed(
    stage,
    `with gone as (delete from directory.member where group_id = $1 and device_id = $2 returning 1)
     insert into db.note (room, kind, key) select 'grants', 'memberDevice', $1::uuid || ':' || $2::uuid from gone`,
    [scarce.group, rows[0]?.id],
    'select from grants.demand where asset_id = $1 and holder_id = $2 and granted',
    [scarce.assetId, rows[0]?.next],
  );
}

/**
 * Whether all of some holders are granted an asset: one is looked for until it is, and then the others. To look for all
 * of them each time took half a processor; as one join, PostgreSQL read all demand for it.
 */
const grantedToAll = `select where case
  when exists (select from grants.demand where asset_id = $1 and holder_id = ($2::int[])[1] and granted) then
    (select count(*) from unnest($2::int[]) h cross join lateral (
      select from grants.demand where asset_id = $1 and holder_id = h and granted offset 0) x) = cardinality($2::int[])
  else false end`;

/** A group of 1,000 devices comes into another. */
async function nest(stage: Stage, probes: Probes): Promise<number> {
  const child = probes.children[probes.next] ?? '';
  probes.next += 1;
  const { rows } = await stage.database.query<{ holderIds: number[] }>(
    `select array_agg(h.id) as "holderIds" from directory.member m join directory.device d on d.id = m.device_id
     join library.holder h on h.key = d.serial_number where m.group_id = $1`,
    [child],
  );
  return timed(
    stage,
    `with nested as (insert into directory.member (group_id, child_group_id) values ($1, $2) returning 1)
     insert into db.note (room, kind, key) select 'grants', 'nested', $1::uuid || ':' || $2::uuid from nested`,
    [probes.plenty.outer, child],
    grantedToAll,
    [probes.plenty.assetId, rows[0]?.holderIds ?? []],
  );
}

/** Milliseconds from a change's commit until what it leads to is committed. */
async function timed(
  { database }: Stage,
  change: string,
  values: readonly unknown[],
  effect: string,
  effectValues: readonly unknown[],
): Promise<number> {
  await database.query(change, [...values]);
  const startedAt = performance.now();
  await until(
    'a single change to be decided',
    60_000,
    async () =>
      (await database.query(effect, [...effectValues])).rowCount === 1 ? true : undefined,
    lookMs,
  );
  return performance.now() - startedAt;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (i: number): number => sorted[Math.floor(i)] ?? Number.NaN;
  // Of an even number, the mean of the two in the middle.
  return Math.round((at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2);
}
