import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startLocalPostgres } from '../src/index.ts';
import { World, clusterOf, dismiss, kept, query, serversOn } from './support/world.ts';

describe('a local PostgreSQL', () => {
  it('answers over its private socket alone, in UTF-8, durably, and keeps its rows over a restart', async () => {
    await using world = await World.makeEmpty();
    const first = await world.start({ settings: {} });
    expect(first.adopted).toBe(false);
    await query(first, "create table kept as select 'Zoë'::text as value");
    const [settings] = await query(
      first,
      "select current_setting('listen_addresses') as listen, current_setting('server_encoding') as encoding, current_setting('fsync') as fsync, lower('ÄÖ') as lower",
    );
    expect(settings).toEqual({ listen: '', encoding: 'UTF8', fsync: 'on', lower: 'äö' });
    await first.stop();
    expect(await kept(await world.start())).toEqual(['Zoë']);
  });

  it('lets nobody but its account see data, log and socket', async () => {
    await using world = await World.makeEmpty();
    const postgres = await world.start();
    const cluster = await clusterOf(postgres);
    for (const path of [cluster, postgres.connection.host, join(cluster, '..', 'postgres.log')]) {
      expect((await stat(path)).mode & 0o077).toBe(0);
    }
  });

  it('takes settings, and a name that it does not know ends the start in a sentence', async () => {
    await using world = await World.make();
    const postgres = await world.start({ settings: { work_mem: '5MB', fsync: 'off' } });
    expect(await query(postgres, 'show work_mem')).toEqual([{ work_mem: '5MB' }]);
    await postgres.stop();
    await expect(world.start({ settings: { wrok_mem: '5MB' } })).rejects.toThrow(
      /does not start: .*unrecognized configuration parameter "wrok_mem"/,
    );
  });

  it('is joined by a second process, and stopped by the last to leave', async () => {
    await using world = await World.make();
    const first = await world.start();
    const cluster = await clusterOf(first);
    const second = await world.child('b');
    expect(second.word).toEqual({ adopted: true });
    await first.stop();
    expect(serversOn(cluster)).toBe(1);
    await dismiss(second.process);
    expect(serversOn(cluster)).toBe(0);
    expect(await kept(await world.start())).toEqual(['b']);
  });

  it('is one server on one cluster when four processes find nothing and start at once', async () => {
    await using world = await World.makeEmpty();
    const values = ['c', 'd', 'e', 'f'];
    const children = await Promise.all(values.map(async (value) => world.child(value)));
    expect(children.filter(({ word }) => word.adopted === false)).toHaveLength(1);
    const postgres = await world.start();
    expect(serversOn(await clusterOf(postgres))).toBe(1);
    expect(await kept(postgres)).toEqual(values);
    const left = (await readdir(join(world.folder, 'pg'))).sort();
    expect(left).toEqual(['cluster', 'postgres.log', 'socket']);
  });

  it('is there for whoever arrives while the last user leaves', async () => {
    await using world = await World.make();
    for (let round = 0; round < 5; round += 1) {
      const leaving = await world.start();
      const [arrived] = await Promise.all([world.start(), leaving.stop()]);
      expect(await query(arrived, 'select 1 as one')).toEqual([{ one: 1 }]);
      await arrived.stop();
    }
  });

  it('stops when the signal is aborted', async () => {
    await using world = await World.make();
    const abort = new AbortController();
    const postgres = await world.start({ signal: abort.signal });
    const cluster = await clusterOf(postgres);
    abort.abort();
    await postgres.stop();
    expect(serversOn(cluster)).toBe(0);
    await expect(world.start({ signal: abort.signal })).rejects.toThrow(/abort/i);
    expect(serversOn(cluster)).toBe(0);
  });

  it('works in a folder whose path is longer than a socket’s may be', async () => {
    await using world = await World.makeEmpty();
    const deep = join(world.folder, 'a folder, "long"'.repeat(4), 'and-one-more'.repeat(5));
    await mkdir(deep, { recursive: true });
    const postgres = await world.start({ dataDir: deep });
    world.alsoRemove(postgres.connection.host);
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('works in a folder whose name needs quoting', async () => {
    await using world = await World.makeEmpty();
    const postgres = await world.start({ dataDir: join(world.folder, 'a, "b" \\ c') });
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('refuses a cluster of another major version in a sentence', async () => {
    await using world = await World.make();
    const postgres = await world.start();
    const cluster = await clusterOf(postgres);
    await postgres.stop();
    await writeFile(join(cluster, 'PG_VERSION'), '9\n');
    await expect(startLocalPostgres({ dataDir: join(world.folder, 'pg') })).rejects.toThrow(
      /was made by PostgreSQL 9, and this is PostgreSQL \d+: go back/,
    );
  });
});
