import { sql } from 'kysely';
import { expect, it, vi } from 'vitest';
import type { Context } from '../../src/context.ts';
import { SharedPace } from '../../src/db/pace.ts';
import { credentialFor } from '../../src/library/index.ts';
import { startServer } from '../../src/server.ts';
import { quiet, testKey } from '../support/context.ts';
import { Stage } from '../support/stage.ts';

/** What Apple in a box allows a second under one token. */
const limit = 15;

/** So many calls at once; those that Apple refuses for their number come again by themselves. */
async function call(context: Context, uId: string, calls: number): Promise<void> {
  const credential = await credentialFor(context, uId);
  if (!credential.usable) throw new Error('the token cannot be used');
  await Promise.all(
    Array.from({ length: calls }, async () => credential.client.clientConfig(context.signal)),
  );
}

it('two servers on one database keep Apple’s limit together: next to nothing is refused for coming too fast', async () => {
  await using stage = await Stage.open();
  const { harness, uId } = stage;
  const config = { ...harness.context.config, roles: new Set(['worker'] as const) };
  await using second = await startServer(config, {
    clock: harness.clock,
    log: quiet,
    secretKey: testKey,
  });
  const before = await stage.counted();
  const startedAt = performance.now();
  await Promise.all([call(harness.context, uId, 30), call(second.context, uId, 30)]);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await stage.counted();
  // The way there is not paced: on a busy machine calls sent apart arrive together. Without the pace 25 are refused.
  const refused = (after['refusedRequests'] ?? 0) - (before['refusedRequests'] ?? 0);
  expect(refused).toBeLessThan(5);
  expect(60 / (seconds + 1)).toBeLessThanOrEqual(limit);
  // And no slower than the limit asks for: a third of it at once, two thirds a second.
  expect(seconds).toBeLessThan(60 / (limit / 2));
});

it('a moment that a wrong clock left far ahead holds nobody up', async () => {
  await using stage = await Stage.open();
  const { context, clock } = stage.harness;
  const ahead = new Date(clock.now().getTime() + 3_600_000);
  await sql`insert into db.pace (key, free_at) values ('ahead', ${ahead})`.execute(context.db);
  const pace = new SharedPace(context.db, clock, 'ahead');
  let taken = false;
  const take = async (): Promise<void> => {
    await pace.take(limit, context.signal);
    taken = true;
  };
  const taking = take();
  await vi.waitFor(() => {
    clock.advance(1000);
    expect(taken).toBe(true);
  });
  await taking;
  const { rows } = await sql<{ freeAt: Date }>`
    select free_at from db.pace where key = 'ahead'`.execute(context.db);
  expect(rows[0]?.freeAt.getTime()).toBeLessThan(clock.now().getTime() + 1000);
});
