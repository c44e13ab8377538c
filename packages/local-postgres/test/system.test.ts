import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findBinaries } from '../src/binaries.ts';
import { type Place, findPlace } from '../src/place.ts';
import { World } from './support/world.ts';

let world: World;
let place: Place;
let system: string;

beforeEach(async () => {
  world = await World.makeEmpty();
  place = await findPlace(join(world.folder, 'pg'));
  system = join(world.folder, 'postgresql');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world[Symbol.asyncDispose]();
});

/** Programs as a system has them, which say that they are of some version. */
async function install(folder: string, says: string, share = true): Promise<string> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  if (share) await mkdir(join(folder, 'share'));
  for (const name of ['postgres', 'initdb'])
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return folder;
}

const called = (version: string): string => `postgres (PostgreSQL) ${version} (Debian)`;

/** Looks where npm has nothing for the platform. */
const found = async () => findBinaries(place, { native: null, system });

describe('the system’s own PostgreSQL, where npm has none', () => {
  it('is the newest that is there, by number and not by letter', async () => {
    for (const version of ['9.6', '15', '17', '100'])
      await install(join(system, version), called(version));
    expect(await found()).toEqual({
      postgres: join(system, '100', 'bin', 'postgres'),
      initdb: join(system, '100', 'bin', 'initdb'),
      major: 100,
    });
  });

  it('passes over what does not run, lacks its files, or is no PostgreSQL', async () => {
    await mkdir(join(system, '20', 'bin'), { recursive: true });
    await install(join(system, '19'), called('19.1'), false);
    await install(join(system, '18'), 'something else');
    await install(join(system, '17'), called('17.4'));
    expect(await found()).toMatchObject({ major: 17 });
  });

  it('is that on the PATH where the folder has none that is young enough', async () => {
    await install(join(system, '15'), called('15.9'));
    const elsewhere = await install(join(world.folder, 'pgsql'), called('16.2'));
    vi.stubEnv('PATH', `${join(elsewhere, 'bin')}:${process.env['PATH']}`);
    expect(await found()).toMatchObject({
      postgres: join(elsewhere, 'bin', 'postgres'),
      major: 16,
    });
  });

  it('is missed in a sentence that says what to do', async () => {
    await install(join(system, '15'), called('15.9'));
    vi.stubEnv('PATH', '/usr/bin:/bin');
    await expect(found()).rejects.toThrow(/none of version 16 or later .* set DATABASE_URL\.$/);
  });

  it('is not asked for where npm brought one', async () => {
    await install(join(system, '99'), called('99'));
    expect((await findBinaries(place, { system })).postgres).not.toContain(system);
  });
});
