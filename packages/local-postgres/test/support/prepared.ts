import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLocalPostgres } from '../../src/index.ts';
import { scratchFolder } from '../../testing/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A data directory that ran once and was stopped. */
    prepared: string;
  }
}

/** Making a cluster takes a second of work, copying one hardly any: most tests begin with a copy of this. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await scratchFolder('allotment-pg-');
  const dataDir = join(folder, 'pg');
  const postgres = await startLocalPostgres({ dataDir, settings: { fsync: 'off' } });
  await postgres.stop();
  project.provide('prepared', dataDir);
  return async () => rm(folder, { recursive: true, force: true });
}
