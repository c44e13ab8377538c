import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Agent, fetch } from 'undici';
import { afterEach, expect, inject, it, vi } from 'vitest';
import { openNotificationSecret } from '../../src/library/secrets.ts';
import { startServer } from '../../src/server.ts';
import { quiet } from '../support/context.ts';
import { Stage, notability, pages } from '../support/stage.ts';

let stage: Stage;

afterEach(async () => stage[Symbol.asyncDispose]());

/** Takes the server's database away and gives it back. */
async function withoutDatabase(act: () => Promise<void>): Promise<void> {
  const { rows } = await stage.harness.context.pool.query<{ name: string }>(
    'select current_database() as name',
  );
  const name = rows[0]?.name ?? '';
  const admin = new Client({ ...inject('postgres'), database: 'postgres' });
  await admin.connect();
  await admin.query(`alter database ${name} allow_connections false`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
    name,
  ]);
  try {
    await act();
  } finally {
    await admin.query(`alter database ${name} allow_connections true`);
    await admin.end();
  }
}

/** How a probe is answered: the status, and what it says of the database. */
async function readiness(): Promise<object> {
  const { url, ca } = stage.harness;
  const dispatcher = new Agent({ connect: { ca } });
  const response = await fetch(`${url}/readyz`, { dispatcher });
  const answer = { status: response.status, body: await response.json() };
  await dispatcher.close();
  return answer;
}

it('goes on where it was when PostgreSQL was away for a while in the middle of the work', async () => {
  stage = await Stage.open({ speed: 20 });
  const { groupId } = await stage.group(9);
  await stage.assign(notability, [groupId]);
  await stage.reaches(['accepted']);
  let assigning: Promise<void> | undefined;
  await withoutDatabase(async () => {
    expect(await readiness()).toMatchObject({ status: 503, body: { database: 'unreachable' } });
    assigning = stage.assign(pages, [groupId]);
    await vi.waitFor(async () => expect((await stage.asset(notability))?.assigned).toBe(9));
    stage.harness.clock.advance(60_000);
  });
  await assigning;
  expect(await readiness()).toMatchObject({ status: 200 });
  await stage.heldLater(notability, 9, 60_000);
  await stage.heldLater(pages, 9, 60_000);
  expect((await stage.counted())['repeatedPairs'] ?? 0).toBe(0);
});

it('answers every notification with 503 while PostgreSQL is away, and keeps each once when Apple sends it again', async () => {
  stage = await Stage.open();
  const { context, url, ca } = stage.harness;
  const { notificationId, notificationSecret } = await context.db
    .selectFrom('library.location')
    .select(['notificationId', 'notificationSecret'])
    .where('uid', '=', stage.uId)
    .executeTakeFirstOrThrow();
  const bearer = openNotificationSecret(context, stage.uId, notificationSecret ?? Buffer.of());
  const dispatcher = new Agent({ connect: { ca } });
  const sendAll = async (): Promise<number[]> =>
    Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const answer = await fetch(`${url}/apple/notifications/${notificationId}`, {
          dispatcher,
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
          body: JSON.stringify({
            notificationId: `away-${i % 10}`,
            notificationType: 'TEST_NOTIFICATION',
            notification: {},
            uId: stage.uId,
          }),
        });
        await answer.body?.cancel();
        return answer.status;
      }),
    );
  await withoutDatabase(async () => expect(new Set(await sendAll())).toEqual(new Set([503])));
  await vi.waitFor(async () => expect(new Set(await sendAll())).toEqual(new Set([204])));
  await dispatcher.close();
  const kept = await context.db
    .selectFrom('library.notification')
    .select('notificationId')
    .where('notificationId', 'like', 'away-%')
    .execute();
  expect(kept).toHaveLength(10);
});

it('refuses to start with another secret key than the database was made with, in a sentence', async () => {
  stage = await Stage.open();
  const { config } = stage.harness.context;
  const start = startServer(
    { ...config, port: 0 },
    { log: quiet, secretKey: randomBytes(32).toString('base64') },
  );
  await expect(start).rejects.toThrow(/secret key/i);
  expect(await stage.app(notability)).toMatchObject({ owned: 10 });
});
