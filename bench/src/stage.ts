import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppleSimulator, startAppleSimulator } from '@allotment/apple-simulator';
import {
  Allotment,
  DemoAuthority,
  JsonClient,
  ServerProcess,
  freePort,
  serverEnv,
  until,
} from '@allotment/demo';
import { startLocalPostgres } from '@allotment/local-postgres';
import { Client } from 'pg';

/** A server process, Apple in a box and a database, all fresh; the server is measured from outside. */
export interface Stage extends AsyncDisposable {
  readonly simulator: AppleSimulator;
  readonly apple: JsonClient;
  readonly web: JsonClient;
  readonly allotment: Allotment;
  readonly database: Client;
  /** PEM of the authority of this run. */
  readonly ca: string;
  /** Where the server listens, without a slash at the end. */
  readonly url: string;
  /** Highest resident memory of the server process so far, in MiB. */
  peakRssMiB(): Promise<number>;
  /** What the server process has computed so far, in seconds of one processor. */
  cpuSeconds(): Promise<number>;
  /** What the processes of PostgreSQL that run now have computed so far, in seconds of one processor. */
  databaseCpuSeconds(): Promise<number>;
}

const founded = { name: 'Bench', kind: 'business' } as const;

/** Sets the stage; the server is signed in to and has no token yet. */
export async function openStage(options: {
  readonly latencyMs?: number;
  readonly speed?: number;
}): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'allotment-bench-'));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  const postgres = await startLocalPostgres({ dataDir: join(folder, 'postgres') });
  stack.defer(async () => postgres.stop());
  const { host, port: databasePort, user, database: name } = postgres.connection;
  const authority = await DemoAuthority.create(new Date());
  const simulator = stack.use(
    await startAppleSimulator({
      tls: await authority.issue('Apple in a box', new Date()),
      trust: authority.pem,
      latencyMs: options.latencyMs ?? 0,
      speed: options.speed ?? 10,
    }),
  );
  const port = await freePort();
  const url = `https://localhost:${port}`;
  const server = new ServerProcess(
    {
      ...(await serverEnv(folder, authority, simulator, port, url)),
      DATABASE_URL: `postgresql://${user}@/${name}?host=${encodeURIComponent(host)}&port=${databasePort}`,
    },
    (line) => process.stderr.write(`${line}\n`),
  );
  stack.defer(async () => server.stop());
  server.start();
  const secret = await until('the sign-in link', 60_000, async () => server.signInSecret);
  const web = new JsonClient(url, authority.pem);
  stack.defer(async () => web.close());
  const apple = new JsonClient(simulator.url, authority.pem);
  stack.defer(async () => apple.close());
  const allotment = new Allotment(web);
  await allotment.becomeAdministrator(secret);
  const database = new Client({ host, port: databasePort, user, database: name });
  await database.connect();
  stack.defer(async () => database.end());
  return {
    simulator,
    apple,
    web,
    allotment,
    database,
    ca: authority.pem,
    url,
    peakRssMiB: async () => {
      const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
      return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
    },
    cpuSeconds: async () => cpuSecondsOf(server.pid),
    databaseCpuSeconds: async () => {
      const { rows } = await database.query<{ pid: number }>('select pid from pg_stat_activity');
      const seconds = await Promise.all(rows.map(async ({ pid }) => cpuSecondsOf(pid)));
      return seconds.reduce((sum, one) => sum + one, 0);
    },
    [Symbol.asyncDispose]: async () => stack.disposeAsync(),
  };
}

async function cpuSecondsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name in parentheses: field 14 is the time in the program, 15 in the kernel, in hundredths.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** An organization with one location. */
export async function foundOrganization(stage: Stage): Promise<{ uId: string }> {
  const { locations } = await stage.apple.post<{ locations: { uId: string }[] }>(
    '/_control/organizations',
    founded,
  );
  const uId = locations[0]?.uId;
  if (uId === undefined)
    throw new Error('Apple in a box founded an organization without a location.');
  return { uId };
}

/** Uploads the location's token and waits for its first sync. */
export async function uploadToken(stage: Stage, uId: string): Promise<void> {
  const token = await stage.apple.text('/_control/tokens', { uId });
  await stage.allotment.uploadToken(
    { tokenName: 'Bench', domain: 'bench.example.org', kind: founded.kind },
    token,
  );
  await syncDone(stage);
}

/** Looked up in the database: asking the server this often would be measured, too. */
const lookMs = 20;

/** Waits for the first sync to end. */
async function syncDone({ database }: Stage): Promise<void> {
  await until(
    'the sync',
    600_000,
    async () => {
      const { rows } = await database.query<{ state: string; error: string | null }>(
        'select state, error from library.sync order by created_at limit 1',
      );
      if (rows[0]?.state === 'failed') throw new Error(`The sync failed: ${rows[0].error}`);
      return rows[0]?.state === 'completed' ? true : undefined;
    },
    lookMs,
  );
}

/** Reads a number among the options. */
export function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new Error(`--${name} is "${text}": it must be a number.`);
  return value;
}
