import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the server under test is, without a trailing slash. */
    url: string;
    /** An API token with the role administrator. */
    apiToken: string;
  }
}

const folder = fileURLToPath(new URL('../../apps/server/src/', import.meta.url));
const startWithinMs = 60_000;

/**
 * Names the server under test: the one in ALLOTMENT_URL with the API token in ALLOTMENT_API_TOKEN, or else one that is
 * started for this run, as its own process with an empty data directory.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['ALLOTMENT_URL'];
  const apiToken = process.env['ALLOTMENT_API_TOKEN'];
  if (url !== undefined && apiToken !== undefined) {
    project.provide('url', url.replace(/\/$/, ''));
    project.provide('apiToken', apiToken);
    return async () => undefined;
  }
  if (url !== undefined || apiToken !== undefined) {
    throw new Error(
      'Set both ALLOTMENT_URL and ALLOTMENT_API_TOKEN, or neither to have a server started.',
    );
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'allotment-acceptance-'));
  const port = await freePort();
  const env = { ...process.env, ...own(dataDir, port) };
  const stop = await startServer(env);
  project.provide('url', `http://127.0.0.1:${port}`);
  project.provide('apiToken', await makeApiToken(env));
  return async () => {
    await stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}

function own(dataDir: string, port: number): NodeJS.ProcessEnv {
  return {
    ALLOTMENT_DATA_DIR: dataDir,
    ALLOTMENT_PORT: String(port),
    DATABASE_URL: '',
    ALLOTMENT_PUBLIC_URL: '',
    // Apple is not part of this: nothing may leave the machine.
    ALLOTMENT_APPLE_URL: 'http://127.0.0.1:9',
    ALLOTMENT_CATALOG_URL: 'http://127.0.0.1:9',
    ALLOTMENT_APNS_URL: 'https://127.0.0.1:9',
    ALLOTMENT_LOG_LEVEL: 'warn',
  };
}

async function startServer(env: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
  const server = spawn(process.execPath, [join(folder, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const ready = Promise.withResolvers<void>();
  for (const stream of [server.stdout, server.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line);
      if (line.startsWith('Allotment is ready')) ready.resolve();
    });
  }
  const exited = once(server, 'exit');
  const tooLate = setTimeout(() => ready.reject(new Error('It took too long.')), startWithinMs);
  server.once('exit', () => ready.reject(new Error('It ended.')));
  try {
    await ready.promise;
  } catch (cause) {
    server.kill('SIGKILL');
    throw new Error(`The server did not start. It said:\n${said.join('\n')}`, { cause });
  } finally {
    clearTimeout(tooLate);
  }
  return async () => {
    server.kill('SIGTERM');
    await exited;
  };
}

async function makeApiToken(env: NodeJS.ProcessEnv): Promise<string> {
  const typed = ['api-token', 'create', '--name', 'acceptance', '--role', 'administrator'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(folder, 'cli.ts'), ...typed],
    { env },
  );
  return stdout.trim();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
