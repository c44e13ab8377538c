import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DemoAuthority, freePort } from '@allotment/demo';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config.ts';
import { startServer } from '../../src/server.ts';
import { quiet, testConfig, testKey } from '../support/context.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'allotment-start-'));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const settings = (env: Readonly<Record<string, string>>): Record<string, string> => ({
  ALLOTMENT_DATA_DIR: folder,
  ALLOTMENT_SECRET_KEY: testKey,
  DATABASE_URL: database.url,
  ...env,
});

/** Why the server does not start; the program prints it as it is, see the first test. */
async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  const starting = startServer(testConfig(settings(env)), { log: quiet, secretKey: testKey });
  const error: unknown = await starting.catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(ConfigError);
  return error instanceof ConfigError ? error.message : '';
}

/** What the program prints when it is started and does not start. */
async function printed(env: Readonly<Record<string, string>>): Promise<string> {
  const whole = { PATH: process.env['PATH'], ...settings(env) };
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [program], { env: whole }, (error, _stdout, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });
  expect(code).toBe(1);
  return stderr;
}

describe('a start that is refused says in a sentence', () => {
  it('that the database does not answer', async () => {
    const port = await freePort();
    const url = `postgresql://allotment:top-secret@127.0.0.1:${port}/licenses`;
    const line = await printed({ DATABASE_URL: url });
    expect(line).toMatch(/^Allotment did not start\. .*\n$/);
    expect(line).toContain(`licenses at 127.0.0.1, port ${port} (DATABASE_URL), cannot be opened`);
    expect(line).toContain('ECONNREFUSED');
    expect(line).toContain('Check that PostgreSQL runs there');
    expect(line).not.toContain('top-secret');
  });

  it.each([
    ['is not there', `no_such_database`, 'Create that database'],
    ['has no such user', undefined, 'Correct the user and the password in DATABASE_URL'],
  ])('that the database %s', async (_what, name, remedy) => {
    const { host, port, user } = database;
    const who = name === undefined ? 'nobody_here' : user;
    const url = `postgresql://${who}@/${name ?? database.database}?host=${encodeURIComponent(host)}&port=${port}`;
    expect(await refusal({ DATABASE_URL: url })).toContain(remedy);
  });

  it('that DATABASE_URL is no address, and shows no password', async () => {
    const line = await refusal({ DATABASE_URL: 'postgresql://me:top-secret@host:port/x' });
    expect(line).toContain('DATABASE_URL cannot be read');
    expect(line).not.toContain('top-secret');
  });

  it('that a file is missing', async () => {
    const authority = await DemoAuthority.create(new Date());
    const { cert, key } = await authority.issue('Allotment', new Date());
    const [certFile, keyFile] = [join(folder, 'tls.pem'), join(folder, 'tls.key')];
    const files = { ALLOTMENT_TLS_CERT_FILE: certFile, ALLOTMENT_TLS_KEY_FILE: keyFile };
    expect(await refusal(files)).toContain(
      `ALLOTMENT_TLS_CERT_FILE names ${certFile}, which cannot be read: there is no such file.`,
    );
    await writeFile(certFile, cert);
    expect(await refusal(files)).toContain(`ALLOTMENT_TLS_KEY_FILE names ${keyFile}`);
    await writeFile(keyFile, 'no key');
    expect(await refusal(files)).toContain('are no certificate and its private key');
    await writeFile(keyFile, key);
    const ca = join(folder, 'ca.pem');
    expect(await refusal({ ...files, ALLOTMENT_APPLE_CA_FILE: ca })).toContain(
      `ALLOTMENT_APPLE_CA_FILE names ${ca}`,
    );
  });

  it('that the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const line = await refusal({ ALLOTMENT_PORT: String(port) });
    await new Promise((resolve) => other.close(resolve));
    expect(line).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(line).toContain('set ALLOTMENT_PORT to a free port');
  });

  it('that the address is none of this machine', async () => {
    const line = await refusal({
      ALLOTMENT_HOST: '192.0.2.1',
      ALLOTMENT_PORT: String(await freePort()),
    });
    expect(line).toContain('ALLOTMENT_HOST is 192.0.2.1');
  });

  it('that the database is of a newer version', async () => {
    await using newer = await createTestDatabase();
    const client = new Client({ connectionString: newer.url });
    await client.connect();
    await client.query(`insert into db.migration (name, checksum) values ('9999-later.sql', 'x')`);
    await client.end();
    const line = await refusal({ DATABASE_URL: newer.url });
    expect(line).toContain('newer Allotment: it knows the migration 9999-later.sql');
    expect(line).toContain('Start that version');
  });
});
