import { parseArgs } from 'node:util';
import { type AppRow, until } from '@allotment/demo';
import { enrollDevices, makeGroups, putIntoGroups, seeded } from './fleet.ts';
import { type Probes, type Times, samples, singleChanges } from './single-changes.ts';
import { type Stage, foundOrganization, numberOf, openStage, uploadToken } from './stage.ts';

const groups = 20;
/** Groups a device is in, its own and others, and groups an app is assigned to. */
const groupsPerDevice = 7;
const groupsPerApp = 6;
const scarceApps = 10;
const waitingShare = 0.4;
const nestedDevices = 1_000;
/** A fleet of 10,000 has room for 8 that share no device. */
const nestedGroups = (devices: number): number => (devices < 50_000 ? 8 : 12);
/** Spreads single changes over a full decision, which takes some 0.7 ms for each device: the first seconds are listing. */
const pausePerDeviceMs = 0.04;

/**
 * How long it takes from the assignments until all open changes are written, and a single change: alone, meanwhile, and
 * in a fleet of a tenth. The location is paused, so that open changes stay: Apple's part is measured by `associate`.
 */
export async function reconcile(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string', default: '100000' },
      apps: { type: 'string', default: '50' },
    },
  });
  const devices = numberOf('devices', values.devices);
  const apps = numberOf('apps', values.apps);
  const tenth = await measure(Math.max(1, Math.round(devices / 10)), apps);
  const whole = await measure(devices, apps);
  return {
    pairs: whole.pairs,
    waiting: whole.waiting,
    fullSeconds: whole.fullSeconds,
    singleChangeMs: worst(whole.alone),
    singleChangeMsDuringFull: worst(whole.during),
    singleChangeMsAtTenth: worst(tenth.alone),
    peakRssMiB: whole.peakRssMiB,
    byKind: { alone: whole.alone, during: whole.during, atTenth: tenth.alone },
  };
}

const worst = (times: Times): number => Math.max(...Object.values(times));

async function measure(devices: number, appCount: number) {
  await using stage = await openStage({});
  const { uId } = await foundOrganization(stage);
  await buyApps(stage, uId, devices, appCount);
  await uploadToken(stage, uId);
  await stage.web.post(`/api/locations/${uId}/pause`, { reason: 'Only decisions are measured.' });
  const all = (await stage.allotment.apps()).toSorted(
    (a, b) => Number(a.adamId) - Number(b.adamId),
  );
  const [apps, probeApps] = [all.slice(0, appCount), all.slice(appCount)];
  await enrollDevices(stage, devices);
  const groupIds = await fillGroups(stage, devices);
  const probes = await setProbes(stage, probeApps, devices);
  await stage.database.query('analyze');
  const startedAt = performance.now();
  await assignAll(stage, apps, groupIds);
  const pauseMs = devices * pausePerDeviceMs;
  const during = await singleChanges(stage, probes, pauseMs, async () => !(await idle(stage)));
  await decided(stage);
  const fullSeconds = Math.round((performance.now() - startedAt) / 10) / 100;
  await stage.database.query('analyze');
  const alone = await singleChanges(stage, probes, 0, async () => true);
  const { rows } = await stage.database.query<{ pairs: number; waiting: number }>(
    `select count(*)::int as pairs, count(*) filter (where not granted)::int as waiting from grants.demand
     where asset_id <> all($1::int[])`,
    [[probes.plenty.assetId, probes.scarce.assetId]],
  );
  return {
    pairs: rows[0]?.pairs ?? 0,
    waiting: rows[0]?.waiting ?? 0,
    fullSeconds,
    during,
    alone,
    peakRssMiB: await stage.peakRssMiB(),
  };
}

async function buyApps(stage: Stage, uId: string, devices: number, apps: number): Promise<void> {
  const titles = Array.from({ length: apps + 2 }, (_, i) => ({
    adamId: String(7_200_000_001 + i),
    name: `Bench app ${i + 1}`,
    bundleId: `org.example.bench.app${i + 1}`,
  }));
  // As many devices as have one of an app's groups: the rest of a hypergeometric draw.
  const covered = Math.round(devices * 0.956);
  const quantity = (i: number): number => {
    if (i === apps + 1) return Math.round(devices / 100);
    return i < scarceApps ? Math.round(covered - devices * waitingShare) : devices;
  };
  await stage.apple.post('/_control/titles', { titles });
  await stage.apple.post('/_control/purchases', {
    uId,
    purchases: titles.map(({ adamId }, i) => ({ adamId, quantity: quantity(i) })),
  });
}

/** Every device is in its own group and in some others, by a seeded draw. */
async function fillGroups(stage: Stage, devices: number): Promise<readonly string[]> {
  const next = seeded(1);
  const members: number[][] = Array.from({ length: groups }, () => []);
  for (let device = 1; device <= devices; device += 1) {
    const own = device % groups;
    const rest = Array.from({ length: groups }, (_, group) => group).filter((g) => g !== own);
    for (let i = rest.length - 1; i > 0; i -= 1) {
      const j = Math.floor(next() * (i + 1));
      [rest[i], rest[j]] = [rest[j] ?? 0, rest[i] ?? 0];
    }
    for (const group of [own, ...rest.slice(0, groupsPerDevice - 1)]) members[group]?.push(device);
  }
  const groupIds = await makeGroups(stage, 'Group ', groups);
  await putIntoGroups(
    stage,
    groupIds.map((groupId, i) => ({ groupId, devices: members[i] ?? [] })),
  );
  return groupIds;
}

/** Assigns every app to some of the groups, all of it noted at once. */
async function assignAll(
  { database }: Stage,
  apps: readonly AppRow[],
  groupIds: readonly string[],
): Promise<void> {
  const pairs = apps.flatMap((app, i) =>
    Array.from({ length: groupsPerApp }, (_, k) => ({
      appId: app.id,
      groupId: groupIds[(i + k * 3) % groups] ?? '',
    })),
  );
  await database.query(
    `with written as (
       insert into assignments.assignment (app_id, intent, target, group_id, settings, created_by, created_at, modified_at)
       select app_id, 'required', 'group', group_id, '{}', 'bench', now(), now()
       from unnest($1::uuid[], $2::uuid[]) as pair (app_id, group_id) returning app_id)
     insert into db.note (room, kind, key) select distinct 'grants', 'app', app_id::text from written`,
    [pairs.map((pair) => pair.appId), pairs.map((pair) => pair.groupId)],
  );
}

/** One app with seats for all and one with few, the line of which stands before anything is measured. */
async function setProbes(stage: Stage, apps: readonly AppRow[], devices: number): Promise<Probes> {
  const [joinGroup = '', outer = '', line = ''] = await makeGroups(stage, 'Probe ', 3);
  const children = await makeGroups(stage, 'Child ', nestedGroups(devices));
  const size = Math.min(nestedDevices, Math.floor(devices / 10));
  await putIntoGroups(stage, [
    ...children.map((groupId, i) => ({
      groupId,
      devices: Array.from({ length: size }, (_, k) => i * size + k + 1),
    })),
    {
      groupId: line,
      devices: Array.from({ length: Math.round(devices / 20) }, (_, k) => k + 1),
    },
  ]);
  const [plenty, scarce] = apps;
  if (plenty === undefined || scarce === undefined) throw new Error('The probe apps are missing.');
  await stage.allotment.assignRequired(plenty.id, [joinGroup, outer]);
  await stage.allotment.assignRequired(scarce.id, [line]);
  await decided(stage);
  return {
    plenty: { assetId: await assetOf(stage, plenty), joinGroup, outer },
    scarce: { assetId: await assetOf(stage, scarce), group: line },
    children,
    next: 0,
    joiners: await lastDevices(stage, 2 * samples),
  };
}

/** Devices of the highest serial numbers: the child groups are filled from the lowest. */
async function lastDevices({ database }: Stage, count: number): Promise<Probes['joiners']> {
  const { rows } = await database.query<{ id: string; holderId: number }>(
    `select d.id, h.id as "holderId" from directory.device d join library.holder h on h.kind = 'device' and h.key = d.serial_number
     where not exists (select from directory.member m join directory.group g on g.id = m.group_id
       where m.device_id = d.id and g.display_name like 'Child %')
     order by d.serial_number desc limit $1`,
    [count],
  );
  return rows;
}

async function assetOf({ database }: Stage, app: AppRow): Promise<number> {
  const ofApp = 'select asset_id as "assetId" from library.app where id = $1';
  const { rows } = await database.query<{ assetId: number }>(ofApp, [app.id]);
  return rows[0]?.assetId ?? 0;
}

async function idle({ database }: Stage): Promise<boolean> {
  const { rows } = await database.query<{ busy: boolean }>(
    `select exists (select from db.note where room = 'grants') or exists (select from grants.pass) as busy`,
  );
  return rows[0]?.busy === false;
}

async function decided(stage: Stage): Promise<void> {
  const done = async (): Promise<true | undefined> => ((await idle(stage)) ? true : undefined);
  await until('everything to be decided', 900_000, done, 50);
}
