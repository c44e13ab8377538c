import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, deriveConfig } from '../../src/config/config.ts';
import { readEnv } from '../../src/config/env.ts';
import type { Context } from '../../src/context.ts';
import { openCommandContext } from '../../src/server.ts';
import { createTestDatabase } from './database.ts';
import { TestClock } from './test-clock.ts';

/** A context on a database of its own: rooms without workers and without HTTP. */
export interface TestContext extends AsyncDisposable {
  readonly context: Context;
  readonly clock: TestClock;
}

export const quiet = pino({ level: process.env['ALLOTMENT_LOG_LEVEL'] ?? 'silent' });
export const testKey = Buffer.alloc(32, 7).toString('base64');

/** The configuration of a test's server: its own database and data folder, a free port, short pauses. */
export function testConfig(env: Readonly<Record<string, string>>): Config {
  return { ...deriveConfig(readEnv(env), tmpdir()), pollMs: 250 };
}

/** Opens a context for tests of rooms; nothing of Apple is reachable from it unless `env` says where. */
export async function openTestContext(
  env: Readonly<Record<string, string>> = {},
): Promise<TestContext> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'allotment-data-'));
  const clock = new TestClock();
  const config = testConfig({
    DATABASE_URL: database.url,
    ALLOTMENT_DATA_DIR: dataDir,
    ALLOTMENT_APPLE_URL: 'http://127.0.0.1:9',
    ALLOTMENT_CATALOG_URL: 'http://127.0.0.1:9',
    ALLOTMENT_APNS_URL: 'https://127.0.0.1:9',
    ...env,
  });
  const { context, close } = await openCommandContext(config, {
    clock,
    log: quiet,
    secretKey: testKey,
  });
  return {
    context,
    clock,
    [Symbol.asyncDispose]: async () => {
      await close();
      await database[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
