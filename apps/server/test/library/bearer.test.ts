import { HttpRefusal, JsonClient } from '@allotment/demo';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openNotificationSecret } from '../../src/library/secrets.ts';
import { Stage, notability } from '../support/stage.ts';

const dayMs = 24 * 60 * 60_000;
const soon = { timeout: 60_000, interval: 100 };

let stage: Stage;
const clients: JsonClient[] = [];

beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await stage[Symbol.asyncDispose]();
});

async function location() {
  return stage.harness.context.db
    .selectFrom('library.location')
    .selectAll()
    .where('uid', '=', stage.uId)
    .executeTakeFirstOrThrow();
}

async function bearer(): Promise<string> {
  const { notificationSecret } = await location();
  if (notificationSecret === null) throw new Error('A location has a secret.');
  return openNotificationSecret(stage.harness.context, stage.uId, notificationSecret);
}

/** Somebody sends a notification with a bearer. @returns the status of the answer */
async function send(secret: string): Promise<number> {
  const { harness } = stage;
  const client = new JsonClient(harness.url, harness.ca, secret);
  clients.push(client);
  try {
    await client.post(`/apple/notifications/${(await location()).notificationId}`, {
      notificationId: randomUUID(),
      notificationType: 'TEST_NOTIFICATION',
      notification: {},
      uId: stage.uId,
    });
    return 204;
  } catch (error) {
    if (error instanceof HttpRefusal) return error.status;
    throw error;
  }
}

async function rotate(): Promise<void> {
  const path = `/api/locations/${stage.uId}/rotate-notification-secret`;
  await stage.harness.api.post(path, { reason: 'an administrator left' });
}

async function told(): Promise<void> {
  await vi.waitFor(async () => expect((await location()).subscribedAt).not.toBeNull(), soon);
}

describe('the bearer of Apple’s notifications', () => {
  it('is replaced at Apple; the one before stays good for a day', async () => {
    const before = await bearer();
    await rotate();
    const after = await bearer();
    expect(after).not.toBe(before);
    expect(await send(before)).toBe(204);
    await told();
    expect([await send(before), await send(after), await send('guessed')]).toEqual([204, 204, 401]);
    stage.harness.clock.advance(dayMs);
    expect([await send(before), await send(after)]).toEqual([401, 204]);
  });

  it('that Apple was not told yet stays beside the one that Apple has, however often it is replaced', async () => {
    await stage.harness.api.post(`/api/locations/${stage.uId}/pause`, { reason: 'a rehearsal' });
    const atApple = await bearer();
    await rotate();
    const next = await bearer();
    await rotate();
    expect(await bearer()).toBe(next);
    stage.harness.clock.advance(30 * dayMs);
    expect([await send(atApple), await send(next)]).toEqual([204, 204]);
  });

  it('is replaced by itself after 90 days, and licenses are settled by what comes with the new one', async () => {
    const before = await bearer();
    stage.harness.clock.advance(91 * dayMs);
    await vi.waitFor(async () => expect(await bearer()).not.toBe(before), soon);
    await told();
    const { groupId } = await stage.group(2);
    await stage.assign(notability, [groupId]);
    await stage.held(notability, 2);
    expect(await send(await bearer())).toBe(204);
  });

  it('opens nothing from the moment it is withdrawn, however lately it was good', async () => {
    const good = await bearer();
    expect(await send(good)).toBe(204);
    await stage.harness.context.db
      .updateTable('library.location')
      .set({ notificationSecret: null })
      .where('uid', '=', stage.uId)
      .execute();
    expect(await send(good)).toBe(404);
  });

  it('is recorded with who replaced it and why; a location without notifications has none', async () => {
    await rotate();
    const record = await stage.harness.context.db
      .selectFrom('audit.entry')
      .select(['actorName', 'reason'])
      .where('action', '=', 'rotateNotificationSecret')
      .executeTakeFirst();
    expect(record).toEqual({ actorName: 'test', reason: 'an administrator left' });
    await stage.harness.context.db
      .updateTable('library.location')
      .set({ notifications: 'off' })
      .execute();
    await expect(rotate()).rejects.toThrow(/no bearer to replace/);
  });

  it('is not replaced when the token is deleted in the same moment, and that is said', async () => {
    await told();
    const { context } = stage.harness;
    const deleting = await context.pool.connect();
    try {
      await deleting.query('begin');
      await deleting.query('delete from library.token where location_uid = $1', [stage.uId]);
      const asked = rotate().then(
        () => 'replaced',
        (error: unknown) => (error instanceof HttpRefusal ? error.status : error),
      );
      await vi.waitFor(async () => {
        const { rowCount } = await context.pool.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        expect(rowCount).toBeGreaterThan(0);
      }, soon);
      await deleting.query('commit');
      expect(await asked).toBe(409);
    } finally {
      deleting.release();
    }
  });
});
