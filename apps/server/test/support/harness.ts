import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppleSimulator, startAppleSimulator } from '@allotment/apple-simulator';
import { DemoAuthority, JsonClient, freePort } from '@allotment/demo';
import type { Context } from '../../src/context.ts';
import { createApiToken } from '../../src/identity/index.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { quiet, testConfig, testKey } from './context.ts';
import { createTestDatabase } from './database.ts';
import { TestClock } from './test-clock.ts';

/** The whole program in this process, with a database of its own and Apple in a box, over https. */
export interface Harness extends AsyncDisposable {
  readonly url: string;
  readonly context: Context;
  readonly clock: TestClock;
  readonly simulator: AppleSimulator;
  /** The controls of Apple in a box. */
  readonly apple: JsonClient;
  /** The API, as an administrator's API token. */
  readonly api: JsonClient;
  /** PEM of the authority of this run. */
  readonly ca: string;
  /** Stops the server and starts it again on the same database. */
  restart(): Promise<void>;
}

export interface HarnessOptions {
  /** False: plain http, so that Apple sends no notifications. */
  readonly https?: boolean;
  /** Simulated seconds a second at Apple; 0, the default, skips every delay. */
  readonly speed?: number;
  /** How long the server waits for an answer of Apple's, in milliseconds. */
  readonly appleTimeoutMs?: number;
  /** How long a person waits for Apple, in milliseconds. */
  readonly applePatienceMs?: number;
}

/** Starts everything. Each test file has its own; `await using` takes it down. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const folder = await mkdtemp(join(tmpdir(), 'allotment-harness-'));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  const clock = new TestClock();
  const authority = await DemoAuthority.create(new Date());
  const simulator = stack.use(
    await startAppleSimulator({
      tls: await authority.issue('Apple in a box', new Date()),
      trust: authority.pem,
      speed: options.speed ?? 0,
    }),
  );
  const https = options.https ?? true;
  const port = await freePort();
  const url = `${https ? 'https' : 'http'}://localhost:${port}`;
  const derived = testConfig({
    ALLOTMENT_HOST: '127.0.0.1',
    ALLOTMENT_PORT: String(port),
    ALLOTMENT_PUBLIC_URL: url,
    ALLOTMENT_DATA_DIR: folder,
    DATABASE_URL: database.url,
    ALLOTMENT_APPLE_URL: simulator.url,
    ALLOTMENT_CATALOG_URL: simulator.url,
    ALLOTMENT_APNS_URL: simulator.pushUrl,
    ...(await files(folder, authority, https)),
  });
  const timeoutMs = options.appleTimeoutMs ?? derived.apple.timeoutMs;
  const patienceMs = options.applePatienceMs ?? derived.apple.patienceMs;
  const config = { ...derived, apple: { ...derived.apple, timeoutMs, patienceMs } };
  const start = async (): Promise<RunningServer> =>
    startServer(config, { clock, log: quiet, secretKey: testKey });
  let server = await start();
  stack.defer(async () => server.close());
  const { token } = await createApiToken(
    server.context,
    { name: 'test', role: 'administrator' },
    { kind: 'cli', name: 'test' },
  );
  const api = new JsonClient(url, authority.pem, token);
  stack.defer(async () => api.close());
  const apple = new JsonClient(simulator.url, authority.pem);
  stack.defer(async () => apple.close());
  return {
    url,
    get context() {
      return server.context;
    },
    clock,
    simulator,
    apple,
    api,
    ca: authority.pem,
    restart: async () => {
      await server.close();
      server = await start();
    },
    [Symbol.asyncDispose]: async () => stack.disposeAsync(),
  };
}

async function files(
  folder: string,
  authority: DemoAuthority,
  https: boolean,
): Promise<Record<string, string>> {
  const place = {
    ca: join(folder, 'ca.pem'),
    cert: join(folder, 'tls.pem'),
    key: join(folder, 'tls.key'),
  };
  const tls = await authority.issue('Allotment', new Date());
  await writeFile(place.ca, authority.pem);
  await writeFile(place.cert, tls.cert);
  await writeFile(place.key, tls.key, { mode: 0o600 });
  const trust = { ALLOTMENT_APPLE_CA_FILE: place.ca };
  return https
    ? { ...trust, ALLOTMENT_TLS_CERT_FILE: place.cert, ALLOTMENT_TLS_KEY_FILE: place.key }
    : trust;
}
