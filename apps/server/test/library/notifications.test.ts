import { HttpRefusal, JsonClient } from '@allotment/demo';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNotificationSecret } from '../../src/library/secrets.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import {
  type AppleLocation,
  assetsOf,
  holdersOf,
  keynote,
  synced,
  TestApple,
  upload,
} from './support/library.ts';

let harness: Harness;
let apple: TestApple;
let location: AppleLocation;
let path: string;
let sender: JsonClient;
let stranger: JsonClient;

beforeAll(async () => {
  harness = await startHarness();
  apple = new TestApple(harness);
  location = await apple.location('Notified');
  await apple.buy(location, keynote, 10);
  const id = await upload(harness.context, await apple.tokenFile(location));
  await synced(harness.context, id);
  const row = await harness.context.db
    .selectFrom('library.location')
    .selectAll()
    .where('uid', '=', location.uId)
    .executeTakeFirstOrThrow();
  if (row.notificationSecret === null) throw new Error('A location has a secret.');
  path = `/apple/notifications/${row.notificationId}`;
  const bearer = openNotificationSecret(harness.context, location.uId, row.notificationSecret);
  sender = new JsonClient(harness.url, harness.ca, bearer);
  stranger = new JsonClient(harness.url, harness.ca, 'guessed');
});
afterAll(async () => {
  await sender.close();
  await stranger.close();
  await harness[Symbol.asyncDispose]();
});

const test = (more: object = {}): object => ({
  notificationId: randomUUID(),
  notificationType: 'TEST_NOTIFICATION',
  notification: {},
  uId: location.uId,
  ...more,
});

async function stored(notificationId: string) {
  return harness.context.db
    .selectFrom('library.notification')
    .selectAll()
    .where('notificationId', '=', notificationId)
    .execute();
}

async function triggers(): Promise<string[]> {
  const syncs = await harness.context.db.selectFrom('library.sync').select('trigger').execute();
  return syncs.map((sync) => sync.trigger);
}

async function statusOf(client: JsonClient, to: string, body: unknown): Promise<number> {
  try {
    await client.post(to, body);
    return 204;
  } catch (error) {
    if (error instanceof HttpRefusal) return error.status;
    throw error;
  }
}

describe('notifications from Apple', () => {
  it('are subscribed to while the location is claimed, with the test answered during that call', async () => {
    const row = await harness.context.db
      .selectFrom('library.location')
      .selectAll()
      .where('uid', '=', location.uId)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      notifications: 'on',
      notificationsError: null,
      ownerState: 'ours',
    });
    expect(row.lastNotificationAt).not.toBeNull();
  });

  it('bring counts that changed, without a sync', async () => {
    await apple.buy(location, keynote, 5);
    await expect
      .poll(async () => (await assetsOf(harness.context, location.uId))[0]?.total, {
        timeout: 60_000,
      })
      .toBe(15);
  });

  it('of others without an event make us read again who holds the title', async () => {
    await apple.control('assignments', {
      uId: location.uId,
      notify: false,
      assignments: [{ adamId: keynote, serialNumbers: ['C0OTHERS'] }],
    });
    const assignments = [{ adamId: keynote, pricingParam: 'STDQ', serialNumber: 'C0OTHERS' }];
    const notification = { type: 'ASSOCIATE', result: 'SUCCESS', assignments };
    await sender.post(path, test({ notificationType: 'ASSET_MANAGEMENT', notification }));
    const [asset] = await assetsOf(harness.context, location.uId);
    await expect
      .poll(async () => holdersOf(harness.context, asset?.id ?? 0), { timeout: 60_000 })
      .toEqual(['C0OTHERS']);
  });

  it('of others with an event of theirs make us read again who holds the title', async () => {
    await apple.control('assignments', {
      uId: location.uId,
      notify: false,
      assignments: [{ adamId: keynote, serialNumbers: ['C0PRODUCT'] }],
    });
    const assignments = [{ adamId: keynote, pricingParam: 'STDQ', serialNumber: 'C0PRODUCT' }];
    const notification = {
      eventId: randomUUID(),
      type: 'ASSOCIATE',
      result: 'SUCCESS',
      assignments,
    };
    await sender.post(path, test({ notificationType: 'ASSET_MANAGEMENT', notification }));
    const [asset] = await assetsOf(harness.context, location.uId);
    await expect
      .poll(async () => holdersOf(harness.context, asset?.id ?? 0), { timeout: 60_000 })
      .toContain('C0PRODUCT');
  });

  it('are stored once, however often they come', async () => {
    const body = test({ notificationId: 'n-twice' });
    expect(await statusOf(sender, path, body)).toBe(204);
    expect(await statusOf(sender, path, body)).toBe(204);
    expect(await stored('n-twice')).toHaveLength(1);
  });

  it('that arrive together are each stored and answered, and what came twice among them is stored once', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `n-burst-${i % 30}`);
    const answers = await Promise.all(
      ids.map(async (notificationId) => statusOf(sender, path, test({ notificationId }))),
    );
    expect(new Set(answers)).toEqual(new Set([204]));
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from library.notification where notification_id like 'n-burst-%'`.execute(
      harness.context.db,
    );
    expect(rows).toEqual([{ n: 30 }]);
  });

  it('of which one cannot be kept do not go with it', async () => {
    const bodies = Array.from({ length: 20 }, (_, i) =>
      test({ notificationId: `n-beside-${i}`, filler: i === 7 ? '\0' : 'x' }),
    );
    const answers = await Promise.all(bodies.map(async (body) => statusOf(sender, path, body)));
    expect(answers).toEqual(bodies.map((_, i) => (i === 7 ? 400 : 204)));
    expect(await stored('n-beside-7')).toEqual([]);
    expect(await stored('n-beside-8')).toHaveLength(1);
  });

  it('with a wrong bearer among good ones are refused alone', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, i) =>
        statusOf(i % 2 === 0 ? sender : stranger, path, test()),
      ),
    );
    expect(answers).toEqual(answers.map((_, i) => (i % 2 === 0 ? 204 : 401)));
  });

  it('of an unknown type are stored, accepted, and answered by reading everything again', async () => {
    const body = test({ notificationId: 'n-new', notificationType: 'UNLIMITED_ASSET' });
    expect(await statusOf(sender, path, body)).toBe(204);
    await expect.poll(triggers, { timeout: 60_000 }).toContain('notification');
  });

  it('for an unknown location are stored with the address they came to, accepted and flagged', async () => {
    const body = test({ notificationId: 'n-lost', uId: '42' });
    expect(await statusOf(sender, path, body)).toBe(204);
    expect(await stored('n-lost')).toMatchObject([
      { locationUid: location.uId, outcome: 'unknownLocation', body },
    ]);
  });

  it('with a wrong bearer are answered 401 and leave no trace', async () => {
    expect(await statusOf(stranger, path, test({ notificationId: 'n-forged' }))).toBe(401);
    expect(await stored('n-forged')).toEqual([]);
  });

  it('to an unknown address are answered 404', async () => {
    expect(await statusOf(sender, `/apple/notifications/${randomUUID()}`, test())).toBe(404);
    expect(await statusOf(sender, '/apple/notifications/nonsense', test())).toBe(404);
  });

  it('that are none are answered 400, and what is too long 413', async () => {
    expect(await statusOf(sender, path, { hello: 'Apple' })).toBe(400);
    expect(await statusOf(sender, path, [])).toBe(400);
    expect(await statusOf(sender, path, test({ filler: 'x'.repeat(1_100_000) }))).toBe(413);
  });
});
