import { parseArgs } from 'node:util';
import { until } from '@allotment/demo';
import { Pool } from 'undici';
import { BenchAuthority, type BenchIdentity } from './identities.ts';
import { buyApps, enrollDevices, makeGroups, putIntoGroups } from './fleet.ts';
import { type Stage, foundOrganization, numberOf, openStage, uploadToken } from './stage.ts';

/** One enrolled device; what it says first, and to each install it waits for, is signed before the clock runs. */
interface Device {
  readonly udid: string;
  readonly identity: BenchIdentity;
  readonly idle: Message;
  readonly installed: ReadonlyMap<string, Message>;
}

interface Message {
  readonly body: Buffer;
  readonly signature: string;
}

/** What the load generator saw. */
interface Seen {
  /** Of each request, in milliseconds. */
  readonly latencies: number[];
  /** Commands that were answered. */
  commands: number;
  /** Of these, installs. */
  installs: number;
}

/**
 * Devices that all have apps to install come at once: each asks, and answers command after command until nothing is
 * left. So nearly every request stores a result and is handed the next command. Connections are kept open, as those
 * of a reverse proxy are; a fixed number of requests is on its way at any time. After `--seconds` no device begins
 * any more.
 */
export async function checkin(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '10' },
      apps: { type: 'string', default: '20' },
      senders: { type: 'string', default: '12' },
    },
  });
  const count = numberOf('devices', values.devices);
  const apps = numberOf('apps', values.apps);
  const senders = numberOf('senders', values.senders);
  const longest = numberOf('seconds', values.seconds);
  await using stage = await openStage({});
  const { uId } = await foundOrganization(stage);
  await buyApps(stage, uId, apps, count);
  await uploadToken(stage, uId);
  const identities = await enrollIdentities(stage, count);
  await orderInstalls(stage, count, apps);
  const devices = await devicesOf(stage, identities);
  const seen: Seen = { latencies: [], commands: 0, installs: 0 };
  const pool = new Pool(stage.url, { connections: senders, connect: { ca: stage.ca } });
  process.stderr.write(`${devices.length} devices check in.\n`);
  const cpuBefore = await stage.cpuSeconds();
  const databaseBefore = await stage.databaseCpuSeconds();
  const loadBefore = process.cpuUsage();
  const startedAt = performance.now();
  try {
    await runSessions(pool, devices, senders, seen, startedAt + longest * 1000);
  } finally {
    await pool.close();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const load = process.cpuUsage(loadBefore);
  const cpu = (await stage.cpuSeconds()) - cpuBefore;
  const database = (await stage.databaseCpuSeconds()) - databaseBefore;
  await refuseLostResults(stage, seen.installs);
  const sorted = seen.latencies.toSorted((a, b) => a - b);
  return {
    requestsPerSecond: Math.round(sorted.length / seconds),
    commandsPerSecond: Math.round(seen.commands / seconds),
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    seconds: Math.round(seconds * 100) / 100,
    serverCpuMs: Math.round((cpu * 1e5) / sorted.length) / 100,
    databaseCpuMs: Math.round((database * 1e5) / sorted.length) / 100,
    loadCpuMs: Math.round((load.user + load.system) / 10 / sorted.length) / 100,
    peakRssMiB: await stage.peakRssMiB(),
  };
}

/** Gives every device an identity of an authority made here. */
async function enrollIdentities(
  stage: Stage,
  count: number,
): Promise<ReadonlyMap<string, BenchIdentity>> {
  await enrollDevices(stage, count);
  const authority = new BenchAuthority();
  await stage.database.query(
    `insert into devices.authority (certificate, private_key, created_at) values ($1, '', now())`,
    [authority.pem],
  );
  const { rows } = await stage.database.query<{ id: string; serial_number: string }>(
    'select id, serial_number from devices.device order by serial_number',
  );
  const issued = rows.map((row) => ({ ...row, identity: authority.issue(row.serial_number) }));
  await stage.database.query(
    `insert into devices.enrollment (certificate_sha256, certificate_expires_at, device_id, udid, state, topic, created_at)
     select sha, now() + interval '1 year', id, udid, 'enrolled', 'com.apple.mgmt.bench', now()
     from unnest($1::text[], $2::uuid[], $3::text[]) e (sha, id, udid)`,
    [
      issued.map(({ identity }) => identity.certificateSha256),
      issued.map(({ id }) => id),
      issued.map(({ serial_number }) => udidOf(serial_number)),
    ],
  );
  return new Map(issued.map(({ serial_number, identity }) => [serial_number, identity]));
}

function udidOf(serialNumber: string): string {
  return `00008110-${serialNumber}`;
}

/** Every device is to have every app; ends when each install waits for its device. */
async function orderInstalls(stage: Stage, devices: number, apps: number): Promise<void> {
  const [groupId = ''] = await makeGroups(stage, 'Fleet ', 1);
  const everyone = Array.from({ length: devices }, (_, i) => i + 1);
  await putIntoGroups(stage, [{ groupId, devices: everyone }]);
  for (const app of await stage.allotment.apps())
    await stage.allotment.assignRequired(app.id, [groupId]);
  await until(`${devices * apps} installs to be queued`, 600_000, async () => {
    const { rows } = await stage.database.query<{ waiting: number }>(
      `select count(*)::int as waiting from devices.command where request_type = 'InstallApplication' and state = 'queued'`,
    );
    return rows[0]?.waiting === devices * apps ? true : undefined;
  });
}

async function devicesOf(
  stage: Stage,
  identities: ReadonlyMap<string, BenchIdentity>,
): Promise<readonly Device[]> {
  const { rows } = await stage.database.query<{ serial: string; commands: string[] }>(
    `select d.serial_number as serial, array_agg(c.id::text) as commands
     from devices.command c join devices.device d on d.id = c.device_id where c.state = 'queued' group by 1 order by 1`,
  );
  return rows.map(({ serial, commands }) => {
    const identity = identities.get(serial);
    if (identity === undefined) throw new Error(`${serial} has no identity.`);
    const udid = udidOf(serial);
    const installed = commands.map((id) => [id, signed(identity, answer(udid, id))] as const);
    const idle = signed(identity, plist({ Status: 'Idle', UDID: udid }));
    return { udid, identity, idle, installed: new Map(installed) };
  });
}

function signed(identity: BenchIdentity, text: string): Message {
  const body = Buffer.from(text);
  return { body, signature: identity.sign(body) };
}

/** What a device says of a command it carried out. */
function answer(udid: string, commandId: string): string {
  return plist({ CommandUUID: commandId, State: 'Installing', Status: 'Acknowledged', UDID: udid });
}

function plist(fields: Readonly<Record<string, string>>): string {
  const entries = Object.entries(fields).map(
    ([key, value]) => `\t<key>${key}</key>\n\t<string>${value}</string>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0">\n<dict>\n${entries.join('')}</dict>\n</plist>\n`;
}

async function runSessions(
  pool: Pool,
  devices: readonly Device[],
  senders: number,
  seen: Seen,
  until: number,
): Promise<void> {
  const left = devices.values();
  await Promise.all(
    Array.from({ length: senders }, async () => {
      for (const device of left) {
        if (performance.now() >= until) return;
        await runSession(pool, device, seen);
      }
    }),
  );
}

async function runSession(pool: Pool, device: Device, seen: Seen): Promise<void> {
  let message = device.idle;
  for (;;) {
    const told = await send(pool, message, seen);
    if (told === '') return;
    const id = /<key>CommandUUID<\/key>\s*<string>([^<]+)</.exec(told)?.[1] ?? '';
    // Delivery asks for the list of apps meanwhile, under an id nobody could know before.
    message = device.installed.get(id) ?? signed(device.identity, answer(device.udid, id));
    seen.commands += 1;
    if (device.installed.has(id)) seen.installs += 1;
  }
}

/** @returns the body, empty when nothing is left */
async function send(pool: Pool, message: Message, seen: Seen): Promise<string> {
  const startedAt = performance.now();
  const { statusCode, body } = await pool.request({
    method: 'PUT',
    path: '/mdm/connect',
    headers: {
      'content-type': 'application/x-apple-aspen-mdm; charset=UTF-8',
      'mdm-signature': message.signature,
    },
    body: message.body,
  });
  const text = await body.text();
  seen.latencies.push(performance.now() - startedAt);
  if (statusCode !== 200) throw new Error(`/mdm/connect answered ${statusCode}: ${text}`);
  return text;
}

async function refuseLostResults({ database }: Stage, installs: number): Promise<void> {
  const { rows } = await database.query<{ stored: number }>(
    `select count(*)::int as stored from devices.command
     where request_type = 'InstallApplication' and state = 'acknowledged' and result is not null`,
  );
  if (rows[0]?.stored !== installs)
    throw new Error(`${rows[0]?.stored} of ${installs} results are stored.`);
}

function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Math.round(value * 10) / 10;
}
