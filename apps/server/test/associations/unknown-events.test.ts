import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Stage, notability } from '../support/stage.ts';
import { tellOfEvent } from './support/tell.ts';

const soon = { timeout: 60_000, interval: 50 };
let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(async () => stage[Symbol.asyncDispose]());

const db = () => stage.harness.context.db;
const kept = async () => db().selectFrom('associations.unknownEvent').selectAll().execute();
const comparedAt = async () =>
  db()
    .selectFrom('library.asset')
    .select('comparedAt')
    .where('adamId', '=', notability)
    .executeTakeFirstOrThrow();

/** A request of ours that is on its way: whether it reached Apple, and its eventId, are not known yet. */
async function sending(): Promise<number> {
  const { id } = await db()
    .insertInto('associations.appleRequest')
    .values({
      locationUid: stage.uId,
      op: 'associate',
      epoch: 1_000,
      state: 'sending',
      assetIds: [],
      holderIds: [],
      createdAt: stage.harness.clock.now(),
      sentAt: stage.harness.clock.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Apple tells of an event that we do not know. */
async function tell(eventId: string): Promise<void> {
  const assignments = [{ adamId: notability, pricingParam: 'STDQ', serialNumber: 'OTHERS0001' }];
  await tellOfEvent(stage, { eventId, type: 'ASSOCIATE', result: 'SUCCESS', assignments });
  await vi.waitFor(async () => expect(await kept()).toHaveLength(1), soon);
}

/** What became known of the request. */
async function became(id: number, state: 'settled' | 'accepted', eventId?: string): Promise<void> {
  stage.harness.clock.advance(1_000);
  await db()
    .updateTable('associations.appleRequest')
    .set({ state, eventId: eventId ?? null })
    .where('id', '=', id)
    .execute();
  stage.harness.context.hints.wake('associations');
  await vi.waitFor(async () => expect(await kept()).toEqual([]), soon);
}

describe('an event that is not known', () => {
  it('is taken for that of others once every request of ours has come to something', async () => {
    const before = await comparedAt();
    const id = await sending();
    await tell(randomUUID());
    await became(id, 'settled');
    await vi.waitFor(async () => expect(await comparedAt()).not.toEqual(before), soon);
  });

  it('is not when it turns out to be ours', async () => {
    const before = await comparedAt();
    const id = await sending();
    const eventId = randomUUID();
    await tell(eventId);
    await became(id, 'accepted', eventId);
    expect(
      await db().selectFrom('db.note').selectAll().where('room', '=', 'library').execute(),
    ).toEqual([]);
    expect(await comparedAt()).toEqual(before);
  });
});
