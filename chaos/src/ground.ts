import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DemoAuthority } from '@allotment/demo';
import { startLocalPostgres } from '@allotment/local-postgres';
import { scratchFolder } from '@allotment/local-postgres/testing';
import { Client } from 'pg';
import { deriveConfig } from '../../apps/server/src/config/config.ts';
import { readEnv } from '../../apps/server/src/config/env.ts';
import { createApiToken } from '../../apps/server/src/identity/index.ts';
import { openCommandContext } from '../../apps/server/src/server.ts';
import { Hosts } from './server-process.ts';

const template = 'chaos_template';
const secretKey = Buffer.alloc(32, 9).toString('base64');

/** What all schedules of a run stand on. */
export interface Ground extends AsyncDisposable {
  readonly folder: string;
  readonly authority: DemoAuthority;
  readonly hosts: Hosts;
  /** Of an administrator, in every database. */
  readonly apiToken: string;
  /** The server's environment, as far as it is the same in all schedules. */
  readonly env: Readonly<Record<string, string>>;
  /** A fresh, migrated database. @returns its URL */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
}

/** Starts PostgreSQL and makes the database that every schedule copies. */
export async function openGround(mutant: string | undefined): Promise<Ground> {
  const stack = new AsyncDisposableStack();
  const folder = await scratchFolder('allotment-chaos-');
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  const postgres = await startLocalPostgres({
    dataDir: join(folder, 'postgres'),
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
      jit: 'off',
      max_connections: '200',
    },
  });
  stack.defer(async () => postgres.stop());
  const { host, port, user } = postgres.connection;
  const urlOf = (name: string): string =>
    `postgresql://${user}@/${name}?host=${encodeURIComponent(host)}&port=${port}`;
  const run = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: urlOf('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const hosts = stack.use(
    new Hosts({
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      ...(mutant === undefined ? {} : { CHAOS_MUTANT: mutant }),
    }),
  );
  const authority = await DemoAuthority.create(new Date());
  await run(`create database ${template}`);
  const env = { ...(await trust(folder, authority)), ALLOTMENT_SECRET_KEY: secretKey };
  const apiToken = await makeTemplate(urlOf(template), env);
  return {
    folder,
    authority,
    hosts,
    apiToken,
    env,
    createDatabase: async (name) => {
      await run(`create database ${name} template ${template}`);
      return urlOf(name);
    },
    dropDatabase: async (name) => run(`drop database ${name} with (force)`),
    [Symbol.asyncDispose]: async () => stack.disposeAsync(),
  };
}

async function trust(folder: string, authority: DemoAuthority): Promise<Record<string, string>> {
  const files = {
    ALLOTMENT_APPLE_CA_FILE: join(folder, 'ca.pem'),
    ALLOTMENT_TLS_CERT_FILE: join(folder, 'tls.pem'),
    ALLOTMENT_TLS_KEY_FILE: join(folder, 'tls.key'),
  };
  const tls = await authority.issue('Allotment', new Date());
  await writeFile(files.ALLOTMENT_APPLE_CA_FILE, authority.pem);
  await writeFile(files.ALLOTMENT_TLS_CERT_FILE, tls.cert);
  await writeFile(files.ALLOTMENT_TLS_KEY_FILE, tls.key, { mode: 0o600 });
  return files;
}

/** @returns the API token that every copy knows */
async function makeTemplate(url: string, env: Readonly<Record<string, string>>): Promise<string> {
  const raw = readEnv({ ...env, DATABASE_URL: url, ALLOTMENT_LOG_LEVEL: 'silent' });
  const { context, close } = await openCommandContext(deriveConfig(raw, tmpdir()), {
    secretKey: raw.secretKey,
  });
  try {
    const input = { name: 'chaos', role: 'administrator' } as const;
    return (await createApiToken(context, input, { kind: 'cli', name: 'chaos' })).token;
  } finally {
    await close();
  }
}
