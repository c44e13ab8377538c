import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type AppRow, until } from '@allotment/demo';
import { buyApps } from './fleet.ts';
import { instanceOf } from './instance.ts';
import { type Stage, foundOrganization, numberOf, openStage, uploadToken } from './stage.ts';

interface Instance {
  readonly devices: number;
  readonly apps: number;
  readonly groups: number;
  readonly overlap: number;
  readonly appsPerGroup: number;
}

/**
 * How many requests Apple receives when every device is to have the apps of its groups: the apps are assigned to the
 * groups, then the devices join them.
 */
export async function associate(args: readonly string[]): Promise<object> {
  const fixed = instanceOf('associate');
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string', default: fixed('devices') },
      apps: { type: 'string', default: fixed('apps') },
      groups: { type: 'string', default: fixed('groups') },
      overlap: { type: 'string', default: fixed('overlap') },
      'apps-per-group': { type: 'string', default: fixed('apps-per-group') },
      dump: { type: 'string' },
    },
  });
  const instance: Instance = {
    devices: numberOf('devices', values.devices),
    apps: numberOf('apps', values.apps),
    groups: numberOf('groups', values.groups),
    overlap: numberOf('overlap', values.overlap),
    appsPerGroup: numberOf('apps-per-group', values['apps-per-group']),
  };
  await using stage = await openStage({});
  const { uId } = await foundOrganization(stage);
  await buyApps(stage, uId, instance.apps, instance.devices);
  await uploadToken(stage, uId);
  const apps = (await stage.allotment.apps()).toSorted(
    (a, b) => Number(a.adamId) - Number(b.adamId),
  );
  const groupIds = await makeGroups(stage, instance);
  for (const [i, app] of apps.entries())
    await stage.allotment.assignRequired(
      app.id,
      groupsOf(i, instance).map((g) => groupIds[g] ?? ''),
    );
  const memberships = membershipsOf(instance);
  const startedAt = performance.now();
  await joinDevices(stage, groupIds, memberships);
  const wanted = wantedPairs(memberships, apps, instance);
  await until(`${wanted.length} pairs to be held`, 600_000, async () => {
    const { rows } = await stage.database.query<{ held: number }>(
      'select count(*)::int as held from grants.demand where held',
    );
    return rows[0]?.held === wanted.length ? true : undefined;
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { total } = await stage.apple.get<{ total: Record<string, number> }>('/_control/counters');
  if (values.dump !== undefined) await dump(stage, values.dump, wanted);
  return {
    requests: total['associateRequests'] ?? 0,
    pairs: total['pairs'] ?? 0,
    repeatedPairs: total['repeatedPairs'] ?? 0,
    seconds: Math.round(seconds * 100) / 100,
  };
}

/** App i belongs to group i mod G, and to the groups after it until each group has its number of apps. */
function groupsOf(app: number, { groups, apps, appsPerGroup }: Instance): readonly number[] {
  return Array.from({ length: groups }, (_, group) => group).filter((group) => {
    const first = (app - group + apps * groups) % groups === 0;
    const own = Math.floor((app - group) / groups);
    return first && own >= 0 && own < appsPerGroup;
  });
}

/** Every device is in its own group and in round(overlap × (G − 1)) others, by a seeded draw. */
function membershipsOf({ devices, groups, overlap }: Instance): readonly (readonly number[])[] {
  const next = seeded(1);
  const others = Math.round(overlap * (groups - 1));
  return Array.from({ length: devices }, (_, device) => {
    const own = device % groups;
    const rest = Array.from({ length: groups }, (_unused, group) => group).filter(
      (group) => group !== own,
    );
    for (let i = rest.length - 1; i > 0; i -= 1) {
      const j = Math.floor(next() * (i + 1));
      [rest[i], rest[j]] = [rest[j] ?? 0, rest[i] ?? 0];
    }
    return [own, ...rest.slice(0, others)];
  });
}

/** A linear congruential generator: the same seed, the same instance, on every machine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const serialOf = (device: number): string => `BENCH${String(device + 1).padStart(7, '0')}`;

async function makeGroups({ database }: Stage, { groups }: Instance): Promise<readonly string[]> {
  const { rows } = await database.query<{ id: string }>(
    `insert into directory.group (display_name, created_at) select 'Group ' || n, now() from generate_series(1, $1::int) n returning id`,
    [groups],
  );
  return rows.map((row) => row.id);
}

/** Devices are written as enrolled ones would be: enrolling them for real measures key generation, not requests. */
async function joinDevices(
  { database }: Stage,
  groupIds: readonly string[],
  memberships: readonly (readonly number[])[],
): Promise<void> {
  const pairs = memberships.flatMap((groups, device) =>
    groups.map((group) => [serialOf(device), groupIds[group] ?? ''] as const),
  );
  await database.query('begin');
  await database.query(
    `with known as (
       insert into directory.device (serial_number, created_at) select *, now() from unnest($1::text[]) returning id, serial_number)
     insert into devices.device (directory_device_id, serial_number, management_state, family, os_version, first_seen, created_at)
     select id, serial_number, 'managed', 'iPhone', '18.1', nextval('db.change_order'), now() from known`,
    [memberships.map((_, device) => serialOf(device))],
  );
  await database.query(
    `insert into directory.member (group_id, device_id)
     select m.group_id, d.id from unnest($1::text[], $2::uuid[]) as m (serial, group_id) join directory.device d on d.serial_number = m.serial`,
    [pairs.map(([serial]) => serial), pairs.map(([, group]) => group)],
  );
  await database.query(
    `insert into library.holder (kind, key) select 'device', * from unnest($1::text[])`,
    [memberships.map((_, device) => serialOf(device))],
  );
  await database.query(
    `insert into db.note (room, kind, key) select 'grants', 'group', * from unnest($1::text[])`,
    [groupIds],
  );
  await database.query('commit');
}

function wantedPairs(
  memberships: readonly (readonly number[])[],
  apps: readonly AppRow[],
  instance: Instance,
): readonly string[] {
  return memberships.flatMap((groups, device) =>
    apps.flatMap((app, i) =>
      groupsOf(i, instance).some((group) => groups.includes(group))
        ? [`${app.adamId},${app.pricingParam},${serialOf(device)}`]
        : [],
    ),
  );
}

/** Writes what was wanted, and the requests as Apple in a box received them. */
async function dump(stage: Stage, folder: string, wanted: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'wanted.csv'),
    `adamId,pricingParam,serialNumber\n${wanted.join('\n')}\n`,
  );
  const file = createWriteStream(join(folder, 'requests.jsonl'));
  const journal = await stage.apple.rawText('/_control/journal');
  for (const line of journal.split('\n')) {
    if (line.includes('"request.accepted"') && line.includes('associate')) file.write(`${line}\n`);
  }
  await new Promise<void>((resolve, reject) => {
    file.on('error', reject);
    file.end(() => resolve());
  });
}
