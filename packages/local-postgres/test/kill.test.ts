import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { World, clusterOf, kept, kill, postmasterPid, query, serversOn } from './support/world.ts';

describe('after kill -9, every committed row is there', () => {
  it('when our process was killed: the next one adopts its server', async () => {
    await using world = await World.make({ fsync: 'on' });
    const { process: child } = await world.child('a');
    await kill(child);
    const next = await world.start();
    expect(next.adopted).toBe(true);
    expect(await kept(next)).toEqual(['a']);
    const cluster = await clusterOf(next);
    await next.stop();
    expect(serversOn(cluster)).toBe(0);
  });

  it('when PostgreSQL was killed: those who use it bring it back, as one', async () => {
    await using world = await World.make({ fsync: 'on' });
    const first = await world.start();
    await world.child('b');
    await world.child('c');
    const cluster = await clusterOf(first);
    process.kill(await postmasterPid(cluster), 'SIGKILL');
    await vi.waitFor(async () => expect(await kept(first)).toEqual(['b', 'c']), {
      timeout: 30_000,
      interval: 50,
    });
    expect(serversOn(cluster)).toBe(1);
  });

  it('when both were killed, six times over', async () => {
    await using world = await World.make({ fsync: 'on' });
    const values: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const value = `row ${round}`;
      const { process: child } = await world.child(value);
      values.push(value);
      const pid = await postmasterPid(join(world.folder, 'pg', 'cluster'));
      if (round % 2 === 0) process.kill(pid, 'SIGKILL');
      await kill(child);
      if (round % 2 === 1) process.kill(pid, 'SIGKILL');
    }
    expect(await kept(await world.start())).toEqual(values);
  });

  it('when another process has the number of the killed server by now', async () => {
    await using world = await World.make({ fsync: 'on' });
    const { process: child } = await world.child('d');
    const cluster = join(world.folder, 'pg', 'cluster');
    await kill(child);
    process.kill(await postmasterPid(cluster), 'SIGKILL');
    const owner = await stat(cluster);
    const stranger = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid });
    await once(stranger, 'spawn');
    try {
      const lock = join(cluster, 'postmaster.pid');
      const [, ...lines] = (await readFile(lock, 'utf8')).split('\n');
      await writeFile(lock, [stranger.pid, ...lines].join('\n'));
      expect(await kept(await world.start())).toEqual(['d']);
      expect(stranger.exitCode).toBeNull();
    } finally {
      await kill(stranger);
    }
  });

  it('when a query of the killed server goes on', async () => {
    await using world = await World.make({ fsync: 'on' });
    const { process: child } = await world.child('f');
    const cluster = join(world.folder, 'pg', 'cluster');
    const joined = await world.start();
    const busy = Promise.allSettled([
      query(
        joined,
        "select count(*) from generate_series(1, 4000000) as n where md5(n::text) = ''",
      ),
    ]);
    const active =
      "select 1 from pg_stat_activity where query like '%md5%' and state = 'active' and pid <> pg_backend_pid()";
    await vi.waitFor(async () => expect(await query(joined, active)).toHaveLength(1), 20_000);
    process.kill(await postmasterPid(cluster), 'SIGKILL');
    await kill(child);
    await vi.waitFor(async () => expect(await kept(joined)).toEqual(['f']), 50_000);
    await busy;
  });

  it('also of a copy made while the original ran, without touching the original', async () => {
    await using world = await World.make({ fsync: 'on' });
    const original = await world.start();
    await query(original, "create table kept as select 'e'::text as value");
    await query(original, 'checkpoint');
    const copy = join(world.folder, 'copy');
    const copying = spawn('cp', ['-a', join(world.folder, 'pg'), copy]);
    await once(copying, 'exit');
    const copied = await world.start({ dataDir: copy });
    expect(copied.adopted).toBe(false);
    expect(await kept(copied)).toEqual(['e']);
    await query(copied, 'drop table kept');
    expect(await kept(original)).toEqual(['e']);
  });
});
